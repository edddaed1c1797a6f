/*
summary: Technical type of the use case, one of ref_usecase_types.
function: ai_classify
prompt_version: "2"
inputs: [usecase_name, usecase_description, industry_imperative]
columns:
  usecase_type:
    type: STRING
    comment: Technical type of the use case, one of ref_usecase_types.
    allowed: ref_usecase_types.type
    on_empty: "'Other'"
*/
SELECT
  usecase_id,
  {{ classified(crm_text(['usecase_name', 'usecase_description', 'industry_imperative']), labels('ref_usecase_types', 'type')) }} AS usecase_type
FROM filtered_usecases
