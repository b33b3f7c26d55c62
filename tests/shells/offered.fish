# What fish offers for the last word of each line of standard input, with the completion script that is named: without descriptions.
set fish_complete_path # nothing that is installed here
source $argv[1]
while read --local line
    echo "== $line"
    complete --do-complete "$line" | string replace --regex '\t.*' ''
end
exit 0
