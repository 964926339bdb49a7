delete from upgrades;
