/* Keys: what opens, for how long an answer is remembered, and that a flood of wrong keys stays
 * outside. Time is a parameter, so nothing waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/call.h"
#include "api/keys.h"
#include "db/pool.h"
#include "pg_fixture.h"

#define NOW ((struct instant){INT64_C(1704067200000000)})
#define ADMIN_KEY "an-admin-key-of-the-settings"

static struct pg_fixture *fixture;

static struct instant after_us(int64_t us)
{
    return (struct instant){NOW.us + us};
}

static int set_up(void **state)
{
    fixture = *state;
    struct api *api = calloc(1, sizeof *api);
    struct digest_part part = {ADMIN_KEY, strlen(ADMIN_KEY)};
    assert_non_null(api);
    sha256(&part, 1, api->admin_key_hash);
    api->has_admin_key = true;
    api->keys = key_cache_new();
    assert_non_null(api->keys);
    assert_int_equal(db_pool_new(fixture->url, "windvane test", 2, &api->pool), ERR_OK);
    *state = api;
    return 0;
}

static int tear_down(void **state)
{
    struct api *api = *state;
    db_pool_free(api->pool);
    key_cache_free(api->keys);
    free(api);
    *state = fixture;
    return 0;
}

/* "Bearer <key>" of a new key for the stores. */
static void make_key(enum api_role role, size_t count, const char *const *stores, char *id,
                     char header[static 80])
{
    char secret[KEY_SECRET_SIZE];
    struct key_grant grant = {role, count, stores, "test"};
    assert_int_equal(key_add(fixture->db, &grant, NOW, id, secret), ERR_OK);
    snprintf(header, 80, "Bearer %s", secret);
}

static void test_key__asked_once__is_remembered_with_role_and_stores(void **state)
{
    struct api_principal who;
    char id[KEY_ID_SIZE], header[80];
    make_key(ROLE_MERCHANT, 2, (const char *const[]){"s1", "店"}, id, header);
    assert_int_equal(api_authenticate_cached(*state, header, NOW, &who), AUTH_ASK);
    assert_int_equal(api_authenticate(*state, header, NOW, &who), ERR_OK);
    for (int round = 0; round < 2; round++) {
        assert_string_equal(who.key_id, id);
        assert_int_equal(who.role, ROLE_MERCHANT);
        assert_false(who.all_stores);
        assert_int_equal(who.store_count, 2);
        assert_string_equal(who.stores[0], "s1");
        assert_string_equal(who.stores[1], "店");
        memset(&who, 0x55, sizeof who);
        assert_int_equal(api_authenticate_cached(*state, header, after_us(1), &who), AUTH_OK);
    }
}

static void test_key__without_stores__is_for_all(void **state)
{
    struct api_principal who;
    char id[KEY_ID_SIZE], header[80];
    make_key(ROLE_REVIEWER, 0, NULL, id, header);
    assert_int_equal(api_authenticate(*state, header, NOW, &who), ERR_OK);
    assert_int_equal(who.role, ROLE_REVIEWER);
    assert_true(who.all_stores);
}

static void test_answer__a_second_old__is_asked_for_again(void **state)
{
    struct api_principal who;
    char id[KEY_ID_SIZE], header[80];
    make_key(ROLE_INGEST, 0, NULL, id, header);
    assert_int_equal(api_authenticate(*state, header, NOW, &who), ERR_OK);
    assert_int_equal(key_remove(fixture->db, id), ERR_OK);
    assert_int_equal(api_authenticate_cached(*state, header, after_us(999999), &who), AUTH_OK);
    assert_int_equal(api_authenticate_cached(*state, header, after_us(1000000), &who), AUTH_ASK);
    assert_int_equal(api_authenticate(*state, header, after_us(1000000), &who), ERR_UNAUTHORIZED);
    assert_int_equal(api_authenticate_cached(*state, header, after_us(1999999), &who), AUTH_DENIED);
    assert_int_equal(api_authenticate_cached(*state, header, after_us(2000000), &who), AUTH_ASK);
    assert_int_equal(key_remove(fixture->db, id), ERR_NOT_FOUND);
}

static void test_cache__cleared__forgets_at_once(void **state)
{
    struct api *api = *state;
    struct api_principal who;
    char id[KEY_ID_SIZE], header[80];
    make_key(ROLE_INGEST, 0, NULL, id, header);
    assert_int_equal(api_authenticate(api, header, NOW, &who), ERR_OK);
    key_cache_clear(api->keys);
    assert_int_equal(api_authenticate_cached(api, header, NOW, &who), AUTH_ASK);
}

static void test_header__of_no_form__is_denied_without_asking(void **state)
{
    static const char *const headers[] = {
        "",
        "Bearer",
        "Bearer ",
        ADMIN_KEY,
        "Basic " ADMIN_KEY,
        "Bearer " ADMIN_KEY "x",
        "Bearer " ADMIN_KEY ", Bearer " ADMIN_KEY,
        "Bearer wv_",
        "Bearer wv_short",
        "Bearer wv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ",
        "Bearer \xc3\xa9",
    };
    struct api_principal who;
    assert_int_equal(api_authenticate_cached(*state, NULL, NOW, &who), AUTH_DENIED);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_int_equal(api_authenticate_cached(*state, headers[i], NOW, &who), AUTH_DENIED);
        assert_int_equal(api_authenticate(*state, headers[i], NOW, &who), ERR_UNAUTHORIZED);
    }
    assert_int_equal(
        api_authenticate_cached(*state, "Bearer wv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                NOW, &who),
        AUTH_ASK);
}

static void test_admin_key__needs_no_database(void **state)
{
    struct api_principal who;
    assert_int_equal(api_authenticate_cached(*state, "bearer " ADMIN_KEY, NOW, &who), AUTH_OK);
    assert_int_equal(who.role, ROLE_ADMIN);
    assert_true(who.all_stores);
    ((struct api *)*state)->has_admin_key = false;
    assert_int_equal(api_authenticate_cached(*state, "Bearer " ADMIN_KEY, NOW, &who), AUTH_DENIED);
    ((struct api *)*state)->has_admin_key = true;
}

static void test_good_keys__under_a_flood_of_wrong_ones__stay_known(void **state)
{
    struct api_principal who;
    char id[KEY_ID_SIZE], good[80], wrong[80], text[KEY_SECRET_SIZE];
    make_key(ROLE_INGEST, 0, NULL, id, good);
    assert_int_equal(api_authenticate(*state, good, NOW, &who), ERR_OK);
    for (uint32_t i = 0; i < 5000; i++) { /* several for every place of the cache */
        uint8_t secret[32] = {0};
        memcpy(secret, &i, sizeof i);
        base64url_encode(secret, sizeof secret, text);
        snprintf(wrong, sizeof wrong, "Bearer wv_%s", text);
        assert_int_equal(api_authenticate(*state, wrong, NOW, &who), ERR_UNAUTHORIZED);
    }
    assert_int_equal(api_authenticate_cached(*state, wrong, NOW, &who), AUTH_DENIED);
    assert_int_equal(api_authenticate_cached(*state, good, NOW, &who), AUTH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key__asked_once__is_remembered_with_role_and_stores,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_key__without_stores__is_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answer__a_second_old__is_asked_for_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_cache__cleared__forgets_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_header__of_no_form__is_denied_without_asking, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_admin_key__needs_no_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_good_keys__under_a_flood_of_wrong_ones__stay_known,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, pg_fixture_setup, pg_fixture_teardown);
}
