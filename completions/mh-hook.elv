set edit:completion:arg-completer[mh-hook] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) MH_HOOK_COMPLETE="elvish" mh-hook -- $@words) | to-lines
}
