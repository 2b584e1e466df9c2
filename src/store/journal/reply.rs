//! Replies to the entries of a group, which wake those who wait with one system call.
//!
//! A reply that crosses threads wakes the runtime with a system call. So one of those who wait gets the replies
//! to all of them, and hands them out on the runtime's thread.

use tokio::sync::oneshot;

use crate::store::journal::delivery::Committed;
use crate::store::journal::error::WriteFailed;

/// Result of one entry.
pub(super) type Outcome = Result<Committed, WriteFailed>;

/// The half of a reply that the journal's thread has.
pub(super) type Reply = oneshot::Sender<GroupReply>;

/// The outcome of one entry, with those of the others of its group. They are handed out when it is dropped, even unread.
#[derive(Debug)]
pub(super) struct GroupReply {
    own: Outcome,
    others: Vec<(Reply, Outcome)>,
}

impl GroupReply {
    /// The entry's own outcome.
    pub(super) fn outcome(&self) -> Outcome {
        self.own.clone()
    }
}

impl Drop for GroupReply {
    fn drop(&mut self) {
        for (reply, outcome) in self.others.drain(..) {
            send_alone(reply, outcome);
        }
    }
}

/// Replies to one who is possibly slow to look, or does not want to know.
pub(super) fn send_alone(reply: Reply, own: Outcome) {
    let _ = reply.send(GroupReply { own, others: Vec::new() });
}

/// Replies to many who all look at once. One who no longer waits is passed over.
pub(super) fn send_together(mut replies: Vec<(Reply, Outcome)>) {
    while let Some((reply, own)) = replies.pop() {
        match reply.send(GroupReply { own, others: replies }) {
            Ok(()) => return,
            Err(mut unheard) => replies = std::mem::take(&mut unheard.others),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio::sync::oneshot::Receiver;

    use super::{GroupReply, Outcome, Reply, send_together};
    use crate::store::journal::delivery::Committed;

    fn group(size: u64) -> (Vec<(Reply, Outcome)>, Vec<Receiver<GroupReply>>) {
        let entry = |id| {
            let (reply, waiting) = oneshot::channel();
            ((reply, Ok(Committed { id, repeat: 1 })), waiting)
        };
        (1..=size).map(entry).unzip()
    }

    fn id(waiting: &mut Receiver<GroupReply>) -> Option<u64> {
        waiting.try_recv().ok().and_then(|reply| reply.outcome().ok()).map(|committed| committed.id)
    }

    #[test]
    fn one_of_a_group_hears_first_and_the_others_through_it() {
        let (replies, mut waiting) = group(4);
        send_together(replies);
        assert_eq!(waiting[..3].iter_mut().find_map(id), None);
        assert_eq!(waiting.iter_mut().rev().filter_map(id).collect::<Vec<_>>(), [4, 3, 2, 1]);
    }

    #[test]
    fn those_who_no_longer_wait_keep_nobody_waiting() {
        let (replies, mut waiting) = group(4);
        waiting.truncate(2);
        send_together(replies);
        assert_eq!(id(&mut waiting[0]), None);
        drop(waiting.pop());
        assert_eq!(id(&mut waiting[0]), Some(1), "the one who heard first left without a look");
    }
}
