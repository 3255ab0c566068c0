//! Where the objects of a list lie: by name, by namespace, and by what an event is about.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use crate::{Listing, Object, ObjectRef};

/// Ways into one list, each made when it is first taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    by_name: OnceLock<HashMap<ObjectRef, usize>>,
    by_namespace: OnceLock<BTreeMap<String, Arc<Listing>>>,
    by_regarding: OnceLock<HashMap<ObjectRef, Vec<usize>>>,
}

impl Index {
    /// The first object of a name.
    pub(crate) fn find<'a>(
        &self,
        listing: &'a Listing,
        object: &ObjectRef,
    ) -> Option<&'a Arc<Object>> {
        let places = self.by_name.get_or_init(|| {
            let mut places = HashMap::with_capacity(listing.items.len());
            for (place, item) in listing.items.iter().enumerate() {
                places.entry(item.reference().clone()).or_insert(place);
            }
            places
        });
        places.get(object).map(|place| &listing.items[*place])
    }

    /// The part of the list that lies in a namespace, as incomplete as the whole.
    pub(crate) fn within(&self, listing: &Listing, namespace: &str) -> Arc<Listing> {
        let parts = self.by_namespace.get_or_init(|| {
            let mut parts: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
            for item in &listing.items {
                if let Some(namespace) = &item.reference().namespace {
                    parts.entry(namespace.clone()).or_default().push(Arc::clone(item));
                }
            }
            let whole = |items| Arc::new(Listing { items, missing: listing.missing.clone() });
            parts.into_iter().map(|(namespace, items)| (namespace, whole(items))).collect()
        });
        let none = || Arc::new(Listing { items: Vec::new(), missing: listing.missing.clone() });
        parts.get(namespace).map_or_else(none, Arc::clone)
    }

    /// The events of the list that are about an object. One that names no namespace counts where
    /// it lies in that of the object; the events of a cluster-wide object lie anywhere.
    pub(crate) fn about(&self, listing: &Listing, object: &ObjectRef) -> Vec<Arc<Object>> {
        let nowhere = |object: &ObjectRef| ObjectRef { namespace: None, ..object.clone() };
        let places = self.by_regarding.get_or_init(|| {
            let mut places: HashMap<ObjectRef, Vec<usize>> = HashMap::new();
            for (place, item) in listing.items.iter().enumerate() {
                if let Some(event) = item.event() {
                    places.entry(nowhere(&event.regarding)).or_default().push(place);
                }
            }
            places
        });
        let own = places.get(&nowhere(object)).map_or(&[][..], Vec::as_slice);
        let items = own.iter().map(|place| &listing.items[*place]);
        let fits = |item: &&Arc<Object>| {
            item.event().is_some_and(|event| {
                (event.regarding.namespace.is_none()
                    || event.regarding.namespace == object.namespace)
                    && (object.namespace.is_none()
                        || item.reference().namespace == object.namespace)
            })
        };
        items.filter(fits).cloned().collect()
    }
}
