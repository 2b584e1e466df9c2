complete --keep-order --exclusive --command mh-hook --arguments "(MH_HOOK_COMPLETE=fish mh-hook -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
