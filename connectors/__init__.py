"""The networks Greenroom speaks, one folder each, behind one contract."""
