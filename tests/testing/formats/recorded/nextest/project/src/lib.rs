pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

pub fn index(v: &[i32], i: usize) -> i32 {
    v[i]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(2, 3), 5);
    }

    #[test]
    fn is_wrong() {
        println!("printed before");
        assert_eq!(add(2, 2), 5, "the sum");
    }

    #[test]
    fn panics_in_the_product() {
        index(&[1], 3);
    }

    #[test]
    #[should_panic]
    fn should_have_panicked() {}

    #[test]
    fn returns_an_error() -> Result<(), String> {
        Err("no".into())
    }

    #[test]
    #[ignore = "slow"]
    fn ignored() {}
}
