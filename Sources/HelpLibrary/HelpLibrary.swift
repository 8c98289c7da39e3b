// The flags that make libhelp.so are on this target in Package.swift; the code is in HelpC.
// Exported functions are in HelpC.
