//! Work on many items, shared by the processors.

use std::panic::resume_unwind;
use std::thread;

/// The most processors that one piece of work takes.
const MOST: usize = 8;

/// What becomes of each of many items, in their order. Up to `few` of them are not worth a thread.
pub(crate) fn map<T: Send, U: Send>(
    items: Vec<T>,
    few: usize,
    each: impl Fn(T) -> U + Copy + Send,
) -> Vec<U> {
    let count = match items.len() <= few {
        true => 1,
        false => thread::available_parallelism().map_or(1, |count| count.get().min(MOST)),
    };
    if count == 1 {
        return items.into_iter().map(each).collect();
    }
    // In turn: items that lie together are often alike, and the large ones would be one's share.
    let mut shares: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
    for (at, item) in items.into_iter().enumerate() {
        shares[at % count].push(item);
    }
    let done: Vec<Vec<U>> = thread::scope(|scope| {
        let work = move |share: Vec<T>| -> Vec<U> { share.into_iter().map(each).collect() };
        let mut shares = shares.into_iter();
        // Whoever would only wait takes the first share: a thread less to be made.
        let own = shares.next().unwrap_or_default();
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        let own = work(own);
        let joined = threads.into_iter().map(|thread| thread.join());
        let joined = joined.map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    });
    let mut done: Vec<_> = done.into_iter().map(Vec::into_iter).collect();
    (0..).map_while(|at| done[at % count].next()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_stays_whoever_does_the_work() {
        for count in [0, 1, 7, 8, 9, 100] {
            let squares: Vec<usize> = (0..count).map(|at| at * at).collect();
            assert_eq!(super::map((0..count).collect(), 3, |at: usize| at * at), squares);
        }
    }
}
