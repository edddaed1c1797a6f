/*
summary: What stands in the way.
function: ai_summarize
prompt_version: "1"
inputs: [num_of_blockers, last_modified_blocker_category, last_modified_blocker_comment]
empty_when: [last_modified_blocker_comment]
ask_when: num_of_blockers > 0
answer_chars: 90
columns:
  blockers_summary:
    type: STRING
    comment: Number of open blockers and what the latest is, in at most 30 words.
    value: {{ one_line('blockers_summary', 400) | tojson }}
    on_empty: "CASE WHEN coalesce(num_of_blockers, 0) <= 0 THEN 'No open blockers.' ELSE concat(CAST(num_of_blockers AS STRING), ' open: ', coalesce(last_modified_blocker_category, 'not described'), '.') END"
*/
SELECT
  usecase_id,
  concat(CAST(num_of_blockers AS STRING), ' open: ', ai_summarize({{ crm_text(['last_modified_blocker_category', 'last_modified_blocker_comment']) }}, 30)) AS blockers_summary
FROM filtered_usecases
