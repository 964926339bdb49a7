drop table api_keys, waiting, tallies, orders, quarantine, retractions, events, event_keys, measures, policies, store_versions;
