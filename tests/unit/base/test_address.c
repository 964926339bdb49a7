#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"

/* Both edges of every block; from the special-purpose address registries of IANA. */
static const struct {
    const char *text;
    bool is_public;
} v4[] = {
    {"0.0.0.0", false},         {"0.255.255.255", false},   {"1.0.0.0", true},
    {"8.8.8.8", true},          {"9.255.255.255", true},    {"10.0.0.0", false},
    {"10.255.255.255", false},  {"11.0.0.0", true},         {"100.63.255.255", true},
    {"100.64.0.0", false},      {"100.127.255.255", false}, {"100.128.0.0", true},
    {"126.255.255.255", true},  {"127.0.0.1", false},       {"127.255.255.255", false},
    {"128.0.0.0", true},        {"169.253.255.255", true},  {"169.254.0.0", false},
    {"169.254.169.254", false}, {"169.254.255.255", false}, {"169.255.0.0", true},
    {"172.15.255.255", true},   {"172.16.0.0", false},      {"172.31.255.255", false},
    {"172.32.0.0", true},       {"191.255.255.255", true},  {"192.0.0.0", false},
    {"192.0.0.255", false},     {"192.0.1.0", true},        {"192.0.2.1", false},
    {"192.0.3.0", true},        {"192.88.98.255", true},    {"192.88.99.1", false},
    {"192.88.100.0", true},     {"192.167.255.255", true},  {"192.168.0.0", false},
    {"192.168.255.255", false}, {"192.169.0.0", true},      {"198.17.255.255", true},
    {"198.18.0.0", false},      {"198.19.255.255", false},  {"198.20.0.0", true},
    {"198.51.99.255", true},    {"198.51.100.7", false},    {"198.51.101.0", true},
    {"203.0.112.255", true},    {"203.0.113.7", false},     {"203.0.113.255", false},
    {"203.0.114.0", true},      {"198.51.100.255", false},  {"192.0.2.255", false},
    {"192.88.99.255", false},   {"223.255.255.255", true},  {"224.0.0.1", false},
    {"239.255.255.255", false}, {"240.0.0.1", false},       {"255.255.255.255", false},
};

static const struct {
    const char *text;
    bool is_public;
} v6[] = {
    {"::", false},
    {"::1", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:8.8.8.8", false}, /* IPv4 in IPv6 clothes */
    {"::8.8.8.8", false},
    {"64:ff9b::8.8.8.8", true}, /* NAT64 of a public one */
    {"64:ff9b::10.0.0.1", false},
    {"64:ff9b::169.254.169.254", false},
    {"64:ff9b:0:0:1::8.8.8.8", false},
    {"64:ff9b:1::8.8.8.8", false},
    {"100::1", false},
    {"1fff:ffff::1", false},
    {"2000::1", true},
    {"2001::1", false}, /* Teredo */
    {"2001:1ff:ffff::1", false},
    {"2001:200::1", true},
    {"2001:db7:ffff::1", true},
    {"2001:db8::1", false},
    {"2001:db9::1", true},
    {"2001:4860:4860::8888", true},
    {"2002:7f00:1::1", false}, /* 6to4 of 127.0.0.1 */
    {"2003::1", true},
    {"2606:4700::1111", true},
    {"3ffe:ffff::1", true},
    {"3fff::1", false},
    {"3fff:fff::1", false},
    {"3fff:1000::1", true},
    {"4000::1", false},
    {"fbff::1", false},
    {"fc00::1", false},
    {"fdff::1", false},
    {"fe80::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
};

static void test_address__v4__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof v4 / sizeof v4[0]; i++) {
        uint8_t address[4];
        assert_int_equal(inet_pton(AF_INET, v4[i].text, address), 1);
        if (address_v4_is_public(address) != v4[i].is_public)
            fail_msg("%s", v4[i].text);
        assert_int_equal(address_text_may_be_public(v4[i].text), v4[i].is_public);
    }
}

static void test_address__v6__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof v6 / sizeof v6[0]; i++) {
        uint8_t address[16];
        assert_int_equal(inet_pton(AF_INET6, v6[i].text, address), 1);
        if (address_v6_is_public(address) != v6[i].is_public)
            fail_msg("%s", v6[i].text);
        assert_int_equal(address_text_may_be_public(v6[i].text), v6[i].is_public);
    }
}

static void test_address__name__may_be_public(void **state)
{
    (void)state;
    assert_true(address_text_may_be_public("example.com"));
    assert_true(address_text_may_be_public("10.0.0.1.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address__v4__table),
        cmocka_unit_test(test_address__v6__table),
        cmocka_unit_test(test_address__name__may_be_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
