-- Whether an update changes a post that was superseded and did not arrive. An
-- update of a post that may have arrived is sent, unless another post of the
-- incident corrects it. A superseded post has a receipt if an earlier update was
-- posted as a new message in its place; that message is changed like any other.
SELECT EXISTS (
    SELECT 1
    FROM deliveries u
    JOIN deliveries p ON p.id = u.post_id
    WHERE u.id = $1
      AND p.state = 'superseded'
      AND p.ts = ''
      AND (p.possible_repeat = 0
        OR EXISTS (
          SELECT 1
          FROM deliveries o
          WHERE o.incident_id = p.incident_id
            AND o.destination = p.destination
            AND o.kind = 'post'
            AND o.state IN ('pending', 'sending', 'unknown', 'merged', 'sent'))))
