//! How many arguments functions take, as the reference of Databricks SQL says.

use std::sync::LazyLock;

use crate::word_map::WordMap;

/// Each function with the least and the most arguments; `-` is any number.
const ARITIES: &str = "abs 1 1 add_months 2 2 array_append 2 2 array_contains 2 2 array_distinct 1 1 array_except 2 2 \
array_intersect 2 2 array_join 2 3 array_max 1 1 array_min 1 1 array_position 2 2 array_remove 2 2 array_size 1 1 \
array_union 2 2 arrays_overlap 2 2 char_length 1 1 coalesce 1 - contains 2 2 count_if 1 1 date_format 2 2 date_sub 2 2 \
date_trunc 2 2 date_add 2 3 dateadd 2 3 date_diff 2 3 datediff 2 3 dayofmonth 1 1 element_at 2 2 endswith 2 2 exp 1 1 \
explode 1 1 explode_outer 1 1 find_in_set 2 2 flatten 1 1 from_json 2 3 get_json_object 2 2 if 3 3 iff 3 3 ifnull 2 2 \
initcap 1 1 instr 2 2 isnotnull 1 1 isnull 1 1 lag 1 3 last_day 1 1 lead 1 3 left 2 2 length 1 1 ln 1 1 locate 2 3 \
lower 1 1 lpad 2 3 map_keys 1 1 map_values 1 1 md5 1 1 mod 2 2 months_between 2 3 next_day 2 2 nullif 2 2 nvl 2 2 \
nvl2 3 3 pmod 2 2 pow 2 2 power 2 2 rank 0 0 dense_rank 0 0 row_number 0 0 regexp_count 2 2 regexp_extract 2 3 \
regexp_extract_all 2 3 regexp_like 2 2 regexp_replace 3 4 repeat 2 2 replace 2 3 reverse 1 1 right 2 2 round 1 2 \
rpad 2 3 sequence 2 3 sha1 1 1 sha2 2 2 sign 1 1 size 1 1 slice 3 3 split 2 3 split_part 3 3 sqrt 1 1 startswith 2 2 \
substring_index 3 3 to_date 1 2 to_timestamp 1 2 translate 3 3 trunc 2 2 try_add 2 2 try_divide 2 2 try_multiply 2 2 \
try_subtract 2 2 try_element_at 2 2 upper 1 1 weekofyear 1 1 width_bucket 4 4 zip_with 3 3";

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
        assert_eq!(arity("concat"), None);
        assert_eq!(ARITIES.split_whitespace().count() % 3, 0);
    }
}
