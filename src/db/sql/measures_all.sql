select slot, definition from measures order by slot;
