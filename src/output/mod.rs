//! What people and programs see: streams, themes, tables and text made safe for a terminal.
