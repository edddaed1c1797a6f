//! How many arguments functions take, as the reference of Databricks SQL says.

use std::sync::LazyLock;

use crate::word_map::WordMap;

/// Each function with the least and the most arguments; `-` is any number.
const ARITIES: &str = "\
abs 1 1 acos 1 1 acosh 1 1 add_months 2 2 aes_decrypt 2 5 aes_encrypt 2 6 aggregate 3 4 ai_fix_grammar 1 1 ai_gen 1 1 \
ai_query 2 - any_value 1 2 approx_count_distinct 1 2 approx_percentile 2 3 approx_top_k 1 3 array_agg 1 1 array_append 2 2 \
array_compact 1 1 array_contains 2 2 array_distinct 1 1 array_except 2 2 array_insert 3 3 array_intersect 2 2 \
array_join 2 3 array_max 1 1 array_min 1 1 array_position 2 2 array_prepend 2 2 array_remove 2 2 array_repeat 2 2 \
array_size 1 1 array_sort 1 2 array_union 2 2 arrays_overlap 2 2 ascii 1 1 asin 1 1 asinh 1 1 assert_true 1 2 atan 1 1 \
atan2 2 2 atanh 1 1 avg 1 1 base64 1 1 bigint 1 1 bin 1 1 binary 1 1 bit_and 1 1 bit_count 1 1 bit_get 2 2 \
bit_length 1 1 bit_or 1 1 bit_xor 1 1 bool_and 1 1 bool_or 1 1 boolean 1 1 bround 1 2 btrim 1 2 cardinality 1 1 cbrt 1 1 \
ceil 1 2 ceiling 1 2 char 1 1 char_length 1 1 character_length 1 1 charindex 2 3 chr 1 1 coalesce 1 - collect_list 1 1 \
collect_set 1 1 concat_ws 1 - contains 2 2 conv 3 3 convert_timezone 2 3 corr 2 2 cos 1 1 cosh 1 1 cot 1 1 count 1 - \
count_if 1 1 covar_pop 2 2 covar_samp 2 2 crc32 1 1 csc 1 1 cume_dist 0 0 curdate 0 0 current_catalog 0 0 \
current_database 0 0 current_date 0 0 current_metastore 0 0 current_schema 0 0 current_timestamp 0 0 \
current_timezone 0 0 current_user 0 0 date 1 1 date_add 2 3 date_diff 2 3 date_format 2 2 date_from_unix_date 1 1 \
date_part 2 2 date_sub 2 2 date_trunc 2 2 dateadd 2 3 datediff 2 3 datepart 2 2 day 1 1 dayname 1 1 dayofmonth 1 1 \
dayofweek 1 1 dayofyear 1 1 decode 2 - degrees 1 1 dense_rank 0 0 double 1 1 e 0 0 element_at 2 2 elt 2 - encode 2 2 \
endswith 2 2 equal_null 2 2 every 1 1 exists 2 2 exp 1 1 explode 1 1 explode_outer 1 1 expm1 1 1 factorial 1 1 \
filter 2 2 find_in_set 2 2 first 1 2 first_value 1 2 flatten 1 1 float 1 1 floor 1 2 forall 2 2 format_number 2 2 \
format_string 1 - from_csv 2 3 from_json 2 3 from_unixtime 1 2 from_utc_timestamp 2 2 from_xml 2 3 get 2 2 \
get_json_object 2 2 getbit 2 2 getdate 0 0 greatest 2 - grouping 1 1 hash 1 - hex 1 1 histogram_numeric 2 2 hour 1 1 \
hypot 2 2 if 3 3 iff 3 3 ifnull 2 2 initcap 1 1 inline 1 1 inline_outer 1 1 instr 2 2 int 1 1 is_valid_utf8 1 1 \
is_variant_null 1 1 isnan 1 1 isnotnull 1 1 isnull 1 1 json_array_length 1 1 json_object_keys 1 1 json_tuple 2 - \
kurtosis 1 1 lag 1 3 last 1 2 last_day 1 1 last_value 1 2 lcase 1 1 lead 1 3 least 2 - left 2 2 len 1 1 length 1 1 \
levenshtein 2 3 listagg 1 2 ln 1 1 localtimestamp 0 0 locate 2 3 log 1 2 log10 1 1 log1p 1 1 log2 1 1 lower 1 1 lpad 2 3 \
ltrim 1 2 make_date 3 3 make_dt_interval 0 4 make_interval 0 7 make_timestamp 2 7 make_valid_utf8 1 1 \
make_ym_interval 0 2 map_contains_key 2 2 map_entries 1 1 map_filter 2 2 map_from_arrays 2 2 map_from_entries 1 1 \
map_keys 1 1 map_values 1 1 map_zip_with 3 3 mask 1 5 max 1 1 max_by 2 3 md5 1 1 mean 1 1 median 1 1 min 1 1 min_by 2 3 \
minute 1 1 mod 2 2 mode 0 2 monotonically_increasing_id 0 0 month 1 1 monthname 1 1 months_between 2 3 \
named_struct 2 - nanvl 2 2 negative 1 1 next_day 2 2 now 0 0 nth_value 2 3 ntile 0 1 nullif 2 2 nullifzero 1 1 nvl 2 2 \
nvl2 3 3 octet_length 1 1 parse_json 1 1 parse_url 2 3 percent_rank 0 0 percentile 2 3 percentile_approx 2 3 \
percentile_cont 1 1 percentile_disc 1 1 pi 0 0 pmod 2 2 posexplode 1 1 posexplode_outer 1 1 positive 1 1 pow 2 2 \
power 2 2 printf 1 - quarter 1 1 radians 1 1 raise_error 1 2 rand 0 1 randn 0 1 random 0 1 rank 0 0 reduce 3 4 \
reflect 2 - regexp_count 2 2 regexp_extract 2 3 regexp_extract_all 2 3 regexp_instr 2 3 regexp_like 2 2 \
regexp_replace 3 4 regexp_substr 2 2 regr_avgx 2 2 regr_avgy 2 2 regr_count 2 2 regr_intercept 2 2 regr_r2 2 2 \
regr_slope 2 2 regr_sxx 2 2 regr_sxy 2 2 regr_syy 2 2 repeat 2 2 replace 2 3 reverse 1 1 right 2 2 rint 1 1 round 1 2 \
row_number 0 0 rpad 2 3 rtrim 1 2 schema_of_csv 1 2 schema_of_json 1 2 schema_of_variant 1 1 sec 1 1 second 1 1 \
sentences 1 3 sequence 2 3 session_user 0 0 sha 1 1 sha1 1 1 sha2 2 2 shiftleft 2 2 shiftright 2 2 \
shiftrightunsigned 2 2 shuffle 1 2 sign 1 1 signum 1 1 sin 1 1 sinh 1 1 size 1 1 skewness 1 1 slice 3 3 smallint 1 1 \
some 1 1 sort_array 1 2 soundex 1 1 space 1 1 spark_partition_id 0 0 split 2 3 split_part 3 3 sqrt 1 1 stack 2 - \
startswith 2 2 std 1 1 stddev 1 1 stddev_pop 1 1 stddev_samp 1 1 str_to_map 1 3 string 1 1 string_agg 1 2 substr 2 3 \
substring 2 3 substring_index 3 3 sum 1 1 tan 1 1 tanh 1 1 timestamp 1 1 timestamp_micros 1 1 timestamp_millis 1 1 \
timestamp_seconds 1 1 timestampadd 3 3 timestampdiff 3 3 tinyint 1 1 to_binary 1 2 to_char 2 2 to_csv 1 2 to_date 1 2 \
to_json 1 2 to_number 2 2 to_timestamp 1 2 to_timestamp_ltz 1 2 to_timestamp_ntz 1 2 to_unix_timestamp 1 2 \
to_utc_timestamp 2 2 to_varchar 2 2 to_variant_object 1 1 to_xml 1 2 transform 2 2 transform_keys 2 2 \
transform_values 2 2 translate 3 3 trim 1 2 trunc 2 2 try_add 2 2 try_avg 1 1 try_divide 2 2 try_element_at 2 2 \
try_mod 2 2 try_multiply 2 2 try_parse_json 1 1 try_subtract 2 2 try_sum 1 1 try_to_binary 1 2 try_to_date 1 2 \
try_to_number 2 2 try_to_timestamp 1 2 try_variant_get 2 3 typeof 1 1 ucase 1 1 unbase64 1 1 unhex 1 1 uniform 2 3 \
unix_date 1 1 unix_micros 1 1 unix_millis 1 1 unix_seconds 1 1 unix_timestamp 0 2 upper 1 1 url_decode 1 1 \
url_encode 1 1 user 0 0 uuid 0 1 validate_utf8 1 1 var_pop 1 1 var_samp 1 1 variance 1 1 variant_get 2 3 version 0 0 \
weekday 1 1 weekofyear 1 1 width_bucket 4 4 xxhash64 1 - year 1 1 zeroifnull 1 1 zip_with 3 3";

/// The least and the most arguments of a function, given by its name in lower case; nothing of one that is not known.
pub fn arity(name: &str) -> Option<(usize, usize)> {
    static BY_NAME: LazyLock<WordMap<(usize, usize)>> = LazyLock::new(|| {
        let words: Vec<&str> = ARITIES.split_whitespace().collect();
        let number = |word: &str| word.parse().unwrap_or(usize::MAX);
        words.chunks_exact(3).map(|c| (c[0], (number(c[1]), number(c[2])))).collect()
    });
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::{ARITIES, arity};

    #[test]
    fn arities_are_known() {
        assert_eq!(arity("round"), Some((1, 2)));
        assert_eq!(arity("coalesce"), Some((1, usize::MAX)));
        assert_eq!(arity("sum"), Some((1, 1)));
        assert_eq!(arity("greatest"), Some((2, usize::MAX)));
        assert_eq!(arity("concat"), None);
        assert_eq!(ARITIES.split_whitespace().count() % 3, 0);
    }
}
