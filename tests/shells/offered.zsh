# What zsh offers for the last word of each line of standard input, with the completion functions of the folder that is named. The lines
# are typed into an interactive zsh on a terminal of its own, whose compadd tells what it is given.
emulate -R zsh
zmodload zsh/zpty

setup=$(mktemp)
trap 'rm -f $setup' EXIT
cat >$setup <<'END'
PS1= PS2= RPS1=
unsetopt prompt_cr prompt_sp
setopt no_beep no_list_beep
autoload -Uz compinit
compinit -u -D
compadd() {
  # What is only computed into arrays is not offered.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a matches
  local match
  builtin compadd -A matches "$@"
  for match in $matches; do print -r -- "offered:$IPREFIX$match:"; done
  builtin compadd "$@"
}
forget() { zle kill-whole-line; print -r -- "over" }
zle -N forget
bindkey '^I' complete-word
bindkey '^X' forget
END
zpty inner zsh -f -i
zpty -w inner "fpath=(${(q)1} \$fpath); source $setup; print rea''dy"

# until MARK: all that comes until there is that in it, without carriage returns.
until_mark() {
  local some
  REPLY=
  while [[ $REPLY != *$1* ]]; do
    zpty -r inner some || return 1
    REPLY+=$some
  done
  REPLY=${REPLY//$'\r'/}
}

until_mark ready || exit 1
while IFS= read -r line; do
  print -r -- "== $line"
  zpty -w -n inner "$line"$'\t\x18'
  until_mark over || exit 1
  print -r -- "$REPLY" | sed -n 's/^.*offered:\(.*\):$/\1/p'
done
zpty -d inner
