/* Limits that callers meet. Each stands again as a CHECK in migrations/ and as maxLength in
 * openapi.yaml. */
#ifndef DOMAIN_LIMITS_H
#define DOMAIN_LIMITS_H

#define ID_MAX_BYTES 200 /* every id, parcel, SKU, feed name: bytes of UTF-8 */
#define EVENT_MAX_BYTES (256 * 1024)
#define BATCH_MAX_BYTES (4 * 1024 * 1024)
#define BATCH_MAX_EVENTS 1000
#define JSON_MAX_DEPTH 32
#define CLOCK_AHEAD_MAX_S 300 /* an event further in the future is invalid */
#define PARCELS_MAX 1000
#define POLICY_MAX_BYTES (256 * 1024)
#define SERVICES_MAX 32 /* of a store */

#endif
