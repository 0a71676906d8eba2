-- The pending delivery of one kind, of a destination, that may go first. A
-- post waits for the incident's earlier posts; an update waits for its post
-- (or for what tells it) and for earlier updates of it; a page or file waits
-- for its digest's summary. A row that waits is left out, so that the answer
-- is never an instant at which nothing could be sent.
--
-- The casts change no value. A bare parameter beside partial indexes makes
-- SQLite prepare the statement anew at each run, because a value might let it
-- use one of them; that took ten times as long as the query.
SELECT d.id, d.next_at
FROM deliveries d
WHERE d.state = 'pending'
  AND d.destination = CAST($1 AS TEXT)
  AND d.kind = CAST($2 AS TEXT)
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries b
    WHERE b.incident_id = d.incident_id
      AND b.destination = d.destination
      AND b.id < d.id
      AND b.state IN ('pending', 'sending', 'unknown')
      AND d.kind = 'post' AND b.kind = 'post')
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries b
    WHERE b.post_id = d.post_id
      AND b.id < d.id
      AND b.state IN ('pending', 'sending', 'unknown'))
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries b
    WHERE b.id IN (d.post_id, d.head_id, (SELECT p.teller_id FROM deliveries p WHERE p.id = d.post_id))
      AND b.state IN ('pending', 'sending', 'unknown'))
ORDER BY d.next_at, d.id
LIMIT 1
