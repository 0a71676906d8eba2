-- The first delivery of one kind that may be sent to a destination. A post waits
-- for the incident's earlier posts unless they are moot; an update waits for its
-- post (or the digest page with it) and for earlier updates of the post; a page
-- or file waits for its digest's summary. The query skips rows that wait, so that
-- its answer is always an instant at which a delivery can be sent. A post whose
-- server is slow, which the sender marks as a possible repeat, delays no other.
--
-- The casts change no value. A bare parameter beside partial indexes makes
-- SQLite prepare the statement again at each run, because a value might allow
-- one of them; that took ten times as long as the query.
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
      AND (b.state IN ('pending', 'unknown') OR b.state = 'sending' AND b.possible_repeat = 0)
      AND b.moot = 0
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
    WHERE b.id IN (d.post_id, d.thread_root_id, (SELECT p.digest_page_id FROM deliveries p WHERE p.id = d.post_id))
      AND b.state IN ('pending', 'sending', 'unknown'))
ORDER BY d.next_at, d.id
LIMIT 1
