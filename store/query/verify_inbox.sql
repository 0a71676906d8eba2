-- The items of the inbox whose row is not what their wordings and decisions say.
SELECT id, state, decided, revision, newest, elsewhere FROM (
    SELECT i.id, i.state, i.revision,
        CASE WHEN d.id IS NOT NULL THEN d.state WHEN i.state IN ('recorded', 'logged', 'dismissed') THEN '' ELSE i.state END AS decided,
        COALESCE((SELECT MAX(r.number) FROM intake_revisions r WHERE r.item_id = i.id), 0) AS newest,
        (d.action IN ('record', 'log', 'link')
            AND (COALESCE(d.incident_id, 0) <> COALESCE(i.incident_id, 0) OR d.notice <> i.notice)) IS TRUE AS elsewhere
    FROM intake_items i
    LEFT JOIN intake_decisions d ON d.id = (SELECT MAX(n.id) FROM intake_decisions n WHERE n.item_id = i.id)
) AS compared
WHERE state <> decided OR revision <> newest OR elsewhere
ORDER BY id
LIMIT 20
