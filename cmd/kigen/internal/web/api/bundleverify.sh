#!/bin/sh
# Checks this bundle with the tools of any Unix. Run it in the unpacked folder: sh verify.sh
# It prints what is broken, the verdict by the history, and at the end "intact" or "not intact".
bad=0
broken() { echo "broken: $*"; bad=1; }

sha256sum --quiet -c SHA256SUMS || broken "a file is not as it was packed"
sha256sum --quiet -c EVENTS.sha256 || broken "an event is not as it was recorded"

# Each event begins with length, colon and the hash of the one before, and holds the
# hash of its body, or in older versions the body.
prev=
for event in events/*.txt; do
  length=$(printf %s "$prev" | wc -c | tr -d ' ')
  head -c $((length + ${#length} + 1)) "$event" | grep -qxF "$length:$prev" || broken "$event does not follow the event before"
  prev=$(sha256sum < "$event" | cut -d' ' -f1)
  grep -qF "$prev" EVENTS.sha256 || broken "$event is not in EVENTS.sha256"
  body=bodies/$(basename "$event" .txt).json
  if [ -s "$body" ]; then
    grep -qF "sha256:$(sha256sum < "$body" | cut -d' ' -f1)" "$event" || grep -qF "$(cat "$body")" "$event" || broken "$body is not the body of $event"
  else
    echo "note: $event has no body: it was erased"
  fi
done

# The verdict by the history: the last state of each clock.
told() {
  for event in events/*.txt; do
    if grep -qE '(5:state|8:deadline)[0-9]' "$event"; then
      cat "bodies/$(basename "$event" .txt).json"
      echo
    fi
  done | awk '
    function field(key) { return match($0, "\"" key "\":\"[^\"]*\"") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : "" }
    { clock = field("promise") "/" field("stage"); state[clock] = field("state") }
    END { for (clock in state) print clock, state[clock] }' | sort
}

# The verdict as incident.json states it.
stated() {
  awk -F'"' '
    /^  "clocks": \[/ { inside = 1 }
    /^  \]/ { inside = 0 }
    inside && /^      "promise": / { promise = $4; stage = "" }
    inside && /^      "stage": / { stage = $4 }
    inside && /^      "state": / { print promise "/" stage, $4 }' incident.json | sort
}

echo "verdict by the history:"
told
[ "$(told)" = "$(stated)" ] || { broken "incident.json states another verdict:"; stated; }
echo "last hash: $prev"
echo "head of the database's record when this was packed: $(cat RECORD.txt)"
if [ "$bad" = 0 ]; then echo intact; else echo "not intact"; exit 1; fi
