//! Job ids in the form that Magic Hour gives them.

use fastrand::Rng;

/// The length of a cuid, such as `clx7uu86w0a5qp55yxz315r6r`.
pub const JOB_ID_LENGTH: usize = 25;

/// A fresh job id: `cm` and 23 characters of base 36.
///
/// The generator is the caller's, so that a seed gives the same ids again.
pub fn job_id(rng: &mut Rng) -> String {
    const PREFIX: &str = "cm";
    let mut id = String::with_capacity(JOB_ID_LENGTH);
    id.push_str(PREFIX);
    id.extend((PREFIX.len()..JOB_ID_LENGTH).map(|_| rng.digit(36)));
    id
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::{JOB_ID_LENGTH, job_id};

    #[test]
    fn ids_look_like_cuids_and_differ() {
        let mut rng = Rng::with_seed(7);
        let (a, b) = (job_id(&mut rng), job_id(&mut rng));
        assert_eq!(a.len(), JOB_ID_LENGTH);
        assert!(a.starts_with('c') && a.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert_ne!(a, b);
        assert_eq!(a, job_id(&mut Rng::with_seed(7)));
    }
}
