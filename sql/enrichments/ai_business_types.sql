{%- set answer = {
  'business_usecase_type': {'type': 'string', 'minLength': 3, 'maxLength': 60, 'description': 'What the business gets, in at most five words, such as Weekly demand planning'},
  'business_usecase_family': {'type': 'string', 'enum': reference.ref_business_families | map(attribute='family') | list, 'description': 'The family that fits best'}
} -%}
/*
summary: What the use case is for the business, and its family.
function: ai_query
prompt_version: "1"
inputs: [usecase_name, usecase_description, industry_imperative]
answer: {{ answer | tojson }}
answer_chars: 100
columns:
  business_usecase_type:
    type: STRING
    comment: What the use case is for the business, in at most five words.
    valid: {{ (words('business_usecase_type') ~ ' <= 5') | tojson }}
    on_empty: "'Not described'"
  business_usecase_family:
    type: STRING
    comment: Family of business use cases, one of ref_business_families.
    allowed: ref_business_families.family
    on_empty: "'Other'"
*/
SELECT
  usecase_id,
  ai_query(
    {{ model('extract') }},
    concat(
      'Say what this use case is for the business, not which technology it needs. ',
      'business_usecase_type: at most five words, no product names, no customer names. ',
      'business_usecase_family: the one family that fits best; Other only if none does. ',
      {{ crm_text(['usecase_name', 'usecase_description', 'industry_imperative']) }},
      {{ repair_note() }}
    ),
    responseFormat => {{ answer | response_format('business_types') | sql_string }},
    {{ parameters('extract', 200) }}
    failOnError => false
  ) AS answer
FROM filtered_usecases
