/* Which network addresses lie in the public internet. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* In network order. False for what is loopback, private, link-local, shared (CGNAT), multicast,
 * reserved, for documentation, or an IPv4 address in IPv6 clothes: nothing that a stranger may make
 * us talk to. */
bool address_v4_is_public(const uint8_t address[static 4]);
bool address_v6_is_public(const uint8_t address[static 16]);

/* The same for an address as text; true for what is none, such as a name. */
bool address_text_may_be_public(const char *text);

#endif
