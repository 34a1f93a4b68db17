/**
 * What shells run to complete a command line: each asks `cnnzoo completion SHELL -- WORDS...`, which answers with a
 * candidate a line, its meaning after a tab. A candidate that ends in a slash or `=` is not yet whole.
 */
export const SCRIPTS = {
  bash: `# In ~/.bashrc: source <(cnnzoo completion bash)
_cnnzoo() {
  local candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate="$(printf '%q' "\${candidate%%$'\\t'*}")"
    COMPREPLY+=("\${candidate/#\\\\~\\//~/}")
  done < <(cnnzoo completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _cnnzoo cnnzoo
`,
  zsh: `#compdef cnnzoo
# In ~/.zshrc, after compinit: source <(cnnzoo completion zsh)
_cnnzoo() {
  local line
  local -a whole shown begun
  for line in "\${(@f)$(cnnzoo completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ -z $line ]]; then continue; fi
    if [[ \${line%%$'\\t'*} == */ ]]; then
      begun+=("\${line%%$'\\t'*}")
    else
      whole+=("\${line%%$'\\t'*}")
      shown+=("\${line/$'\\t'/  -- }")
    fi
  done
  (( $#whole )) && compadd -l -d shown -a whole
  (( $#begun )) && compadd -S '' -a begun
  return 0
}
if [[ $funcstack[1] == _cnnzoo ]]; then _cnnzoo "$@"; else compdef _cnnzoo cnnzoo; fi
`,
  fish: `# In ~/.config/fish/completions/cnnzoo.fish: cnnzoo completion fish | source
complete -c cnnzoo -f -a '(set -l words (commandline -opc); cnnzoo completion fish -- $words[2..-1] (commandline -ct) 2>/dev/null)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;

/** How a shell gets them each time it starts. */
export const INSTALLATIONS: Readonly<Record<Shell, string>> = {
  bash: "echo 'source <(cnnzoo completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(cnnzoo completion zsh)' >> ~/.zshrc",
  fish: 'cnnzoo completion fish > ~/.config/fish/completions/cnnzoo.fish',
};
