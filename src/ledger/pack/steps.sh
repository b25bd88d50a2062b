#!/usr/bin/env bash
# 用 sha256sum、jq、openssl 核对本证据包，不需要 watchfire。 Checks this pack with nothing but these three.
# 用法 usage: bash steps.sh [KEY]   KEY: 您另行保存的签名公钥（64 位十六进制） the key that you know from elsewhere
set -eu
cd "${BASH_SOURCE[0]%/*}" 2>/dev/null || true
fail() { printf '不符 DOES NOT VERIFY: %s\n' "$*" >&2; exit 1; }
# 十六进制变为字节 hex digits to bytes
bytes() {
  local hex="$1" escaped=""
  while [ -n "$hex" ]; do escaped="$escaped\\x${hex:0:2}"; hex="${hex:2}"; done
  printf "$escaped"
}
sum() { local told; told="$(sha256sum)"; printf '%s' "${told%% *}"; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# 一、每个文件与打包时相同 1. every file is as it was packed
sha256sum --quiet --strict -c SHA256SUMS > "$work/told" 2>&1 || { told="$(< "$work/told")"
  fail "SHA256SUMS 与文件不一致，或文件被改动 a file was changed, or SHA256SUMS was: $told"; }
# 清单以外没有文件、文件夹或链接 and there is no file, folder or link beside those
declare -A listed=([/SHA256SUMS]=1 [/signed.json]=1 [/entries]=1 [/texts]=1)
while IFS= read -r line; do listed["/${line:66}"]=1; done < SHA256SUMS
shopt -s dotglob globstar nullglob
for name in **; do
  [ -n "${listed["/$name"]:-}" ] && [ ! -L "$name" ] || fail "$name 不是打包时的文件 was not packed"
done
shopt -u dotglob globstar nullglob

# 二、每条记录的哈希由前一条的哈希和本条内容算出，记录连成一条链 2. each entry follows the one before it
IFS=' ' read -r first rest < chain.txt || fail 'chain.txt holds nothing'
before="$(jq -er .previous "entries/$first.json")" || fail "entries/$first.json"
expected="$first"
waiting=0
whole=0
check() {
  (cd "$work" && sha256sum --quiet --strict -c sums > told 2>&1) || fail "chain.txt: $(< "$work/told")"
  rm -f "$work"/entry-* "$work/sums"
  waiting=0
}
while IFS=' ' read -r seq json hash; do
  [ "$seq" = "$expected" ] || fail "chain.txt: entry $expected is not there"
  if [ -e "entries/$seq.json" ]; then
    whole="$((whole + 1))"
    [ "$(sum < "entries/$seq.json")" = "$json" ] || fail "entries/$seq.json"
    [ "$(jq -r '"\(.seq) \(.previous)"' "entries/$seq.json")" = "$seq $before" ] || fail "entries/$seq.json"
  fi
  { printf 'watchfire/entry/1\0'; bytes "$before"; bytes "$json"; } > "$work/entry-$seq"
  printf '%s  entry-%s\n' "$hash" "$seq" >> "$work/sums"
  waiting="$((waiting + 1))"
  [ "$waiting" -lt 2000 ] || check
  before="$hash"
  expected="$((seq + 1))"
done < chain.txt
[ "$waiting" = 0 ] || check
set -- "${1:-}" entries/*
[ "$(($# - 1))" = "$whole" ] || fail 'entries/ holds files that are no link of chain.txt'

# 三、链的末端就是签过名的那一条 3. the chain ends with the entry that was signed
[ "$(jq -r .hash head.json)" = "$before" ] || fail 'head.json names another entry'
[ "$(jq -r .seq head.json)" = "$((expected - 1))" ] || fail 'head.json names another entry'

# 四、签名 4. the signature
key="$(jq -r .key head.json)"
[ -z "${1:-}" ] || [ "$1" = "$key" ] || fail 'it is signed with another key'
jq -j '"watchfire/head/1\n\(.seq)\n\(.hash)\n\(.at)\n"' head.json > "$work/message"
{ bytes 302a300506032b6570032100; bytes "$key"; } > "$work/key"
bytes "$(jq -r .signature head.json)" > "$work/signature"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$work/message" \
  -sigfile "$work/signature" > "$work/told" 2>&1 || fail 'the signature'

# 五、发出和写下的文字：按原样封存后的哈希即条目中的 rendering 或 payload
# 5. what went and what people wrote: sealed as it was, its hash is in an entry
named=" $(jq -r '.facts | .. | objects | (.rendering?, .payload?) | strings' entries/*.json | while read -r name; do printf '%s ' "$name"; done)"
for text in texts/*.json; do
  [ -e "$text" ] || continue
  name="${text#texts/}"
  name="${name%.json}"
  IFS=' ' read -r seal nonce tag < "texts/$name.seal" || fail "texts/$name.seal"
  made="$({ bytes "$nonce"; openssl enc -chacha20 -K "$seal" -iv "0100000000000000${nonce:32}" -in "$text"; bytes "$tag"; } | sum)"
  [ "$made" = "$name" ] || fail "$text"
  case "$named" in *" $name "*) ;; *) fail "$text is of no entry" ;; esac
done

# 六、整包：文件清单 SHA256SUMS 由同一密钥签名，少一个文件、多一个文件都能发现
# 6. the whole: the list of files is signed by the same key, so that no file can be taken out or put in unseen
if [ ! -e signed.json ]; then
  printf '所载相符，但整包未签名：signed.json 不存在，可能缺少文件 NOT SIGNED AS A WHOLE: signed.json is not there; a file may have been taken out\n' >&2
  exit 2
fi
told="$(jq -r '[.sums_sha256, .key, .signature, .unsigned, .entry // 0] | map(tostring) | join(" ")' signed.json 2> "$work/told")" || fail 'signed.json'
IFS=' ' read -r sums signer signature unsigned entry <<< "$told"
[ "$sums" = "$(sum < SHA256SUMS)" ] || fail 'SHA256SUMS 不是 signed.json 所签的清单 SHA256SUMS is not the list that signed.json is of'
if [ "$signer $signature" = 'null null' ] && [ "$unsigned" != null ]; then
  printf '所载相符，但整包未签名（%s），可能缺少文件 NOT SIGNED AS A WHOLE (%s): a file may have been taken out\n' "$unsigned" "$unsigned" >&2
  exit 2
fi
[ "$signer" = "$key" ] || fail 'signed.json 由另一密钥签名 is signed with another key than head.json'
jq -j '"watchfire/pack/1\n\(.sums_sha256)\n\(.at)\n\(.entry // 0)\n"' signed.json > "$work/message"
case "$signature" in *[!0-9a-f]*) fail 'signed.json' ;; esac
bytes "$signature" > "$work/signature"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$work/message" \
  -sigfile "$work/signature" > "$work/told" 2>&1 || fail 'signed.json: 签名 the signature'
[ "$entry" != 0 ] || entry='无 none'
printf '相符 VERIFIES: %s - %s, key %s, 制作记录条目 made in entry %s\n' "$first" "$((expected - 1))" "$key" "$entry"
