#include "base/address.h"

#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>

/* A block of addresses: the first `bits` bits are those of `prefix`. */
struct block {
    uint8_t prefix[16];
    unsigned bits;
};

/* The special-purpose registries of IANA (RFC 6890), and multicast. */
static const struct block special_v4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared by carriers (CGNAT) */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local; clouds tell secrets at 169.254.169.254 */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays, withdrawn */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, broadcast */
};

/* Of IPv6 only global unicast is public at all. */
static const struct block global_v6 = {{0x20}, 3};
static const struct block special_v6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: an IPv4 address inside */
    {{0x3f, 0xff}, 20},             /* documentation */
};
/* NAT64: how a network without IPv4 reaches the IPv4 address in the last four bytes. */
static const struct block nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};

static bool is_in(const uint8_t *address, const struct block *block)
{
    size_t whole = block->bits / 8;
    unsigned rest = block->bits % 8;
    if (memcmp(address, block->prefix, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ block->prefix[whole]) >> (8 - rest) == 0;
}

static bool is_in_any(const uint8_t *address, const struct block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &blocks[i]))
            return true;
    return false;
}

bool address_v4_is_public(const uint8_t address[static 4])
{
    return !is_in_any(address, special_v4, sizeof special_v4 / sizeof special_v4[0]);
}

bool address_v6_is_public(const uint8_t address[static 16])
{
    if (is_in(address, &nat64))
        return address_v4_is_public(address + 12);
    return is_in(address, &global_v6) &&
           !is_in_any(address, special_v6, sizeof special_v6 / sizeof special_v6[0]);
}

bool address_text_may_be_public(const char *text)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, text, address) == 1)
        return address_v4_is_public(address);
    if (inet_pton(AF_INET6, text, address) == 1)
        return address_v6_is_public(address);
    return true;
}
