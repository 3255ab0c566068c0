//! guidebook
