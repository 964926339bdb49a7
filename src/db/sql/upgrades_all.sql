select task from upgrades;
