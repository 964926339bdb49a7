delete from tallies where store_id = $1;
