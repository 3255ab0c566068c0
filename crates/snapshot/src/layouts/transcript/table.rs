//! Tables, as `kubectl get` prints them: a row of capital words, and cells below them.
//!
//! kubectl pads cells with spaces so that they stand below their headings. That is how cells are
//! found, also empty ones. Where a row does not fit, because spaces were lost when it was pasted
//! or it has letters of other widths, it is split at wide gaps; and where that does not fit
//! either it is no row.

use evidence::Kind;

use super::moments::Age;

/// A heading and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column<'a> {
    name: &'a str,
    start: usize,
}

/// The headings of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns<'a>(Vec<Column<'a>>);

/// The headings of kinds whose rows have no empty cell, and those that `-o wide` adds
/// (pkg/printers/internalversion/printers.go).
const ROWS: [(Kind, &[&str], &[&str]); 7] = [
    (
        Kind::Pod,
        &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
    ),
    (
        Kind::Deployment,
        &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        &["CONTAINERS", "IMAGES", "SELECTOR"],
    ),
    (
        Kind::ReplicaSet,
        &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
        &["CONTAINERS", "IMAGES", "SELECTOR"],
    ),
    (Kind::StatefulSet, &["NAME", "READY", "AGE"], &["CONTAINERS", "IMAGES"]),
    (
        Kind::DaemonSet,
        &["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"],
        &["CONTAINERS", "IMAGES", "SELECTOR"],
    ),
    (
        Kind::Service,
        &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
        &["SELECTOR"],
    ),
    (
        Kind::Node,
        &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
        &["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"],
    ),
];

/// The cells of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row<'a, 'c> {
    columns: &'c Columns<'a>,
    cells: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// Reads a heading: capital words, at least two, the first of which a table begins with.
    pub(super) fn of_heading(line: &'a str) -> Option<Columns<'a>> {
        let begins = ["NAME", "NAMESPACE", "LAST SEEN", "LAST", "POD", "CONTEXT"];
        if !begins.iter().any(|word| line.starts_with(word)) || line.contains(':') {
            return None;
        }
        let columns = Columns::at_gaps(line);
        let is_heading = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.split(['(', ' ']).next().is_some_and(|word| {
                    word.bytes().all(|b| b.is_ascii_uppercase() || b"-/%&".contains(&b))
                })
        };
        (columns.0.len() > 1 && columns.0.iter().all(|column| is_heading(column.name)))
            .then_some(columns)
    }

    /// The headings that stood above a row, where a pipe or `--no-headers` took them off: those of the
    /// kind, if the row has as many cells, and an age in its place. Of kinds whose cells may be empty
    /// nobody can say.
    pub(super) fn of_row(kind: Kind, everywhere: bool, line: &str) -> Option<Columns<'static>> {
        let (_, always, wide) = ROWS.iter().find(|(of, _, _)| *of == kind)?;
        let cells = gaps(line, 2);
        let namespace = everywhere.then_some(&"NAMESPACE").into_iter();
        let fit = |names: Vec<&'static str>| {
            let age = names.iter().position(|name| *name == "AGE")?;
            let is_aged = Age::parse(cells.get(age)?.1).is_some();
            let column =
                |(name, (start, _)): (&'static str, &(usize, &str))| Column { name, start: *start };
            (is_aged && names.len() == cells.len())
                .then(|| Columns(names.into_iter().zip(&cells).map(column).collect()))
        };
        let always = namespace.chain(*always).copied();
        fit(always.clone().collect()).or_else(|| fit(always.chain(wide.iter().copied()).collect()))
    }

    /// Reads any line as headings.
    pub(super) fn at_gaps(line: &'a str) -> Columns<'a> {
        let wide = gaps(line, 2);
        // Tabs, or single spaces: headings of one word each.
        let found = if wide.len() > 1 { wide } else { gaps(line, 1) };
        Columns(found.into_iter().map(|(start, name)| Column { name, start }).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column.name == name)
    }

    /// The cells of a line; `None` where it is no row of this table.
    pub(super) fn row(&self, line: &'a str) -> Option<Row<'a, '_>> {
        let cells = self.below(line).or_else(|| self.apart(line))?;
        let first = cells.first().filter(|cell| !cell.is_empty())?;
        let is_row =
            !first.trim_end_matches(" (default)").contains(' ') || self.0[0].name.contains(' ');
        (is_row && cells.iter().filter(|cell| !cell.is_empty()).count() > 1)
            .then_some(Row { columns: self, cells })
    }

    /// The cells of a line that stand below the headings.
    pub(super) fn below(&self, line: &'a str) -> Option<Vec<&'a str>> {
        let mut cells = Vec::with_capacity(self.0.len());
        for (index, column) in self.0.iter().enumerate() {
            let start = column.start.min(line.len());
            let end = self.0.get(index + 1).map_or(line.len(), |next| next.start.min(line.len()));
            let fits = start == 0
                || start == line.len()
                || line.as_bytes()[start - 1] == b' ' && line.is_char_boundary(start);
            if !fits || end < start || !line.is_char_boundary(end) {
                return None;
            }
            cells.push(line[start..end].trim());
        }
        Some(cells)
    }

    /// The cells of a line that stand apart from each other. Single spaces are between the words
    /// of a sentence too: they part cells only where the last is the age that it should be.
    fn apart(&self, line: &'a str) -> Option<Vec<&'a str>> {
        let has_age = self.0.last().is_some_and(|column| column.name == "AGE");
        let parted = |width| {
            let found = gaps(line, width);
            (found.len() == self.0.len())
                .then(|| found.into_iter().map(|(_, cell)| cell).collect::<Vec<_>>())
        };
        let is_aged = |cells: &Vec<&str>| cells.last().and_then(|cell| Age::parse(cell)).is_some();
        parted(2).or_else(|| parted(1).filter(|cells| has_age && is_aged(cells)))
    }
}

impl<'a> Row<'a, '_> {
    /// A cell that has something in it.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let at = self.columns.0.iter().position(|column| column.name == name)?;
        self.cells.get(at).copied().filter(|cell| !cell.is_empty())
    }

    /// A cell that has something in it, and does not say that there is nothing.
    pub(super) fn told(&self, name: &str) -> Option<&'a str> {
        let nothing = ["<none>", "<unset>", "<unknown>", "<pending>", "<invalid>", "<nil>"];
        self.get(name).filter(|cell| !nothing.contains(cell))
    }

    /// Whether a heading stands above the row.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.has(name)
    }
}

/// The parts of a line that at least so many spaces, or a tab, stand between.
pub(super) fn gaps(line: &str, width: usize) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = None;
    let (mut end, mut spaces, mut tab) = (0, 0, false);
    for (at, byte) in line.bytes().enumerate() {
        if byte == b' ' || byte == b'\t' {
            spaces += 1;
            tab |= byte == b'\t';
            continue;
        }
        if let Some(from) = start
            && (spaces >= width || tab)
        {
            parts.push((from, &line[from..end]));
            start = None;
        }
        start.get_or_insert(at);
        (end, spaces, tab) = (at + 1, 0, false);
    }
    parts.extend(start.map(|from| (from, &line[from..end])));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "NAME    READY   STATUS             RESTARTS        AGE";

    #[test]
    fn cells_stand_below_their_headings_also_where_some_are_empty() {
        let columns =
            Columns::of_heading("NAME     STATUS   VOLUME   CAPACITY   STORAGECLASS   AGE")
                .unwrap();
        let row = columns.row("data-0   Pending                                     9d").unwrap();
        assert_eq!(
            (row.get("NAME"), row.get("VOLUME"), row.get("AGE")),
            (Some("data-0"), None, Some("9d"))
        );
    }

    #[test]
    fn a_row_that_lost_its_spaces_is_split_at_gaps() {
        let columns = Columns::of_heading(HEADING).unwrap();
        let row = columns.row("web-0  1/1  CrashLoopBackOff  3 (4m51s ago)  17h").unwrap();
        assert_eq!((row.get("RESTARTS"), row.get("AGE")), (Some("3 (4m51s ago)"), Some("17h")));
        assert_eq!(columns.row("and then I restarted it"), None);
        assert_eq!(columns.row("web-"), None);
    }

    #[test]
    fn the_headings_of_a_row_alone_are_those_of_its_kind_or_nobodys() {
        let of = |kind, everywhere, line| {
            let columns = Columns::of_row(kind, everywhere, line)?;
            Some(columns.0.iter().map(|column| column.name).collect::<Vec<_>>().join(","))
        };
        let row = "web-0   0/1     CrashLoopBackOff   3 (4m51s ago)   17h";
        let heads = "NAME,READY,STATUS,RESTARTS,AGE";
        assert_eq!(of(Kind::Pod, false, row).as_deref(), Some(heads));
        let wide = format!("shop   {row}   10.0.0.9   worker-1   <none>   <none>");
        let all = format!("NAMESPACE,{heads},IP,NODE,NOMINATED NODE,READINESS GATES");
        assert_eq!(of(Kind::Pod, true, &wide), Some(all));
        assert_eq!(of(Kind::Pod, false, "I looked at it   for   a   while   now"), None);
        assert_eq!(of(Kind::Pod, true, row), None);
        assert_eq!(of(Kind::PersistentVolumeClaim, false, "data-0   Pending   fast   9d"), None);
    }

    #[test]
    fn a_heading_is_made_of_capital_words() {
        assert!(Columns::of_heading("LAST SEEN   TYPE     REASON   OBJECT   MESSAGE").is_some());
        assert!(Columns::of_heading("NAME  CPU(cores)  MEMORY(bytes)").is_some());
        assert!(Columns::of_heading("NAME of the rose").is_none());
        assert!(Columns::of_heading("Name:  web").is_none());
    }

    #[test]
    fn letters_of_several_bytes_never_split_a_cell() {
        let columns = Columns::of_heading("NAME   STATUS").unwrap();
        for line in ["ééé   x", "éééé", "ééééééé  é", ""] {
            columns.row(line);
        }
    }
}
