//! How long certificates hold, as kubeadm tells it: its table, or its document, with the kubelet's behind.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::table::{INVALID, Screen, Sheet, tabbed};
use super::times::{date, rfc3339};
use crate::plan::{Expiration, Expirations, Managed, State};

const CERTIFICATES: [&str; 5] =
    ["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"];
const AUTHORITIES: [&str; 4] = ["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"];
const KUBELET: [&str; 4] = ["KUBELET CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY"];

/// Which tables are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// kubeadm's two: programs that read them take each line behind for one of theirs.
    OfKubeadm,
    /// The kubelet's certificates too.
    All,
}

/// kubeadm's two tables, byte for byte, and behind them that of the kubelet's certificates, where there are any.
pub fn expiration_table(all: &Expirations, tables: Tables, now: Timestamp, screen: Screen) -> String {
    let certificates = all.certificates.iter().map(|row| {
        cells(row, now, |found, [until, left]| {
            [until, left, found.authority.clone().unwrap_or_default(), yes_or_no(found.managed)]
        })
    });
    let authorities = all
        .authorities
        .iter()
        .map(|row| cells(row, now, |found, [until, left]| [until, left, yes_or_no(found.managed)]));
    let kubelet = all.kubelet.iter().map(|row| {
        cells(row, now, |found, [until, left]| [until, left, found.authority.clone().unwrap_or_default()])
    });
    let sheet = |head: &[&str], rows: Vec<Vec<String>>| {
        let head = head.iter().map(|cell| (*cell).to_owned()).collect();
        Sheet { head, rows, plain: tabbed }.text(screen)
    };
    let mut text =
        sheet(&CERTIFICATES, certificates.collect()) + "\n" + &sheet(&AUTHORITIES, authorities.collect());
    if tables == Tables::All && !all.kubelet.is_empty() {
        text += "\n";
        text += &sheet(&KUBELET, kubelet.collect());
    }
    text
}

/// The name, and the cells behind it; nothing in them where there is no such file.
fn cells<const N: usize>(
    row: &Expiration,
    now: Timestamp,
    rest: impl Fn(&crate::plan::Held, [String; 2]) -> [String; N],
) -> Vec<String> {
    let empty = |word: &str| [vec![format!("!{word}! {}", row.name)], vec![String::new(); N]].concat();
    match &row.state {
        State::Missing => empty("MISSING"),
        State::Unreadable => empty("UNREADABLE"),
        State::Held(found) => {
            let until = date(found.until);
            let left = time_left(found.until.duration_since(now));
            [vec![row.name.to_owned()], rest(found, [until, left]).to_vec()].concat()
        }
    }
}

/// kubeadm fills the last cell to eight.
fn yes_or_no(managed: Managed) -> String {
    format!("{:<8}", if managed == Managed::Externally { "yes" } else { "no" })
}

/// `CertificateExpirationInfo` of `output.kubeadm.k8s.io/v1alpha3`, and `kubeletCertificates` in the same form.
pub fn expiration_document(all: &Expirations, now: Timestamp) -> Value {
    let rows = |rows: &[Expiration]| rows.iter().map(|row| entry(row, now)).collect::<Vec<_>>();
    json!({
        "kind": "CertificateExpirationInfo",
        "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
        "certificates": rows(&all.certificates),
        "certificateAuthorities": rows(&all.authorities),
        "kubeletCertificates": rows(&all.kubelet),
    })
}

fn entry(row: &Expiration, now: Timestamp) -> Value {
    let found = row.found();
    let until = found.map(|found| rfc3339(found.until));
    let mut entry = json!({
        "name": row.name,
        "expirationDate": until,
        "residualTime": found.map_or(0, |found| found.until.duration_since(now).as_secs()),
        "externallyManaged": found.is_some_and(|found| found.managed == Managed::Externally),
    });
    if let Some(authority) = found.and_then(|found| found.authority.as_ref()) {
        entry["caName"] = json!(authority);
    }
    entry["missing"] = json!(row.state == State::Missing);
    if row.state == State::Unreadable {
        entry["unreadable"] = json!(true);
    }
    entry
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// From which length on a time is told in this unit, and up to which also in the next smaller one: kubectl's rule.
const UNITS: [(i64, i64, char, i64, char); 4] = [
    (2 * YEAR, 8 * YEAR, 'y', YEAR, 'd'),
    (2 * DAY, 8 * DAY, 'd', DAY, 'h'),
    (3 * HOUR, 8 * HOUR, 'h', HOUR, 'm'),
    (2 * MINUTE, 10 * MINUTE, 'm', MINUTE, 's'),
];

/// As kubectl tells lengths of time. A second too late is still now: clocks differ.
fn time_left(left: SignedDuration) -> String {
    let seconds = left.as_secs();
    let Some((_, fine, unit, length, smaller)) = UNITS.into_iter().find(|(from, ..)| seconds >= *from) else {
        return match seconds {
            ..-1 => INVALID.to_owned(),
            -1 => "0s".to_owned(),
            0.. => format!("{seconds}s"),
        };
    };
    let part = match smaller {
        'd' => DAY,
        'h' => HOUR,
        'm' => MINUTE,
        _ => 1,
    };
    match (seconds / length, seconds % length / part) {
        (whole, rest) if seconds < fine && rest > 0 => format!("{whole}{unit}{rest}{smaller}"),
        (whole, _) => format!("{whole}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Held;

    fn now() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().unwrap()
    }

    fn row(name: &'static str, until: &str, authority: Option<&str>, managed: Managed) -> Expiration {
        let until = until.parse().unwrap();
        let authority = authority.map(str::to_owned);
        Expiration { name, state: State::Held(Held { path: "/p".into(), until, authority, managed }) }
    }

    fn all() -> Expirations {
        Expirations {
            certificates: vec![
                row("apiserver", "2026-11-21T10:30:59Z", Some("ca"), Managed::Externally),
                Expiration { name: "super-admin.conf", state: State::Missing },
            ],
            authorities: vec![row("ca", "2036-11-21T08:00:00Z", None, Managed::Externally)],
            kubelet: vec![row("kubelet-client", "2027-11-21T08:00:00Z", Some("ca"), Managed::Here)],
            refusals: Vec::new(),
        }
    }

    #[test]
    fn the_tables_are_kubeadm_s_with_the_kubelet_s_behind() {
        let table = "\
CERTIFICATE                  EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED
apiserver                    Nov 21, 2026 10:30 UTC   150m            ca                      yes     
!MISSING! super-admin.conf                                                                    

CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED
ca                      Nov 21, 2036 08:00 UTC   10y             yes     

KUBELET CERTIFICATE   EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY
kubelet-client        Nov 21, 2027 08:00 UTC   365d            ca
";
        assert_eq!(expiration_table(&all(), Tables::All, now(), Screen::Plain), table);
        let of_kubeadm = table.split("\nKUBELET").next().unwrap();
        assert_eq!(expiration_table(&all(), Tables::OfKubeadm, now(), Screen::Plain), of_kubeadm);
    }

    #[test]
    fn of_a_control_plane_the_table_fits_eighty_columns_and_in_fifty_each_cell_has_its_line() {
        let names = ["apiserver-kubelet-client", "etcd-healthcheck-client", "controller-manager.conf"];
        let certificates = names
            .map(|name| row(name, "2026-11-21T10:30:59Z", Some("front-proxy-ca"), Managed::Here))
            .to_vec();
        let all = Expirations { certificates, ..all() };
        let at = |width| {
            let screen = Screen::Terminal { width: Some(width), colours: false };
            expiration_table(&all, Tables::All, now(), screen)
        };
        for width in [80, 50] {
            let table = at(width);
            assert!(table.lines().all(|line| line.chars().count() <= width.into()), "{table}");
            assert!(names.iter().all(|name| table.contains(name)), "{table}");
        }
        assert!(
            at(80).lines().any(|line| line.starts_with("apiserver-kubelet-client  Nov 21, ")),
            "{}",
            at(80)
        );
        let stacked = "\
apiserver-kubelet-client
  EXPIRES                Nov 21, 2026 10:30 UTC
  RESIDUAL TIME          150m
  CERTIFICATE AUTHORITY  front-proxy-ca
  EXTERNALLY MANAGED     no
";
        assert!(at(50).starts_with(stacked), "{}", at(50));
    }

    #[test]
    fn what_cannot_be_read_is_no_date_and_not_missing() {
        let odd = vec![Expiration { name: "etcd-peer", state: State::Unreadable }];
        let all = Expirations { certificates: odd, ..all() };
        let table = expiration_table(&all, Tables::OfKubeadm, now(), Screen::Plain);
        assert!(table.lines().nth(1).unwrap().starts_with("!UNREADABLE! etcd-peer  "), "{table}");
        let entry = &expiration_document(&all, now())["certificates"][0];
        assert_eq!(
            (&entry["missing"], &entry["unreadable"], &entry["expirationDate"]),
            (&json!(false), &json!(true), &json!(null))
        );
    }

    #[test]
    fn the_document_is_kubeadm_s_with_the_kubelet_s_in_a_list_of_their_own() {
        assert_eq!(
            expiration_document(&all(), now()),
            json!({
                "kind": "CertificateExpirationInfo", "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
                "certificates": [
                    { "name": "apiserver", "expirationDate": "2026-11-21T10:30:59Z", "residualTime": 9059,
                      "externallyManaged": true, "caName": "ca", "missing": false },
                    { "name": "super-admin.conf", "expirationDate": null, "residualTime": 0,
                      "externallyManaged": false, "missing": true },
                ],
                "certificateAuthorities": [
                    { "name": "ca", "expirationDate": "2036-11-21T08:00:00Z", "residualTime": 315_619_200,
                      "externallyManaged": true, "missing": false },
                ],
                "kubeletCertificates": [
                    { "name": "kubelet-client", "expirationDate": "2027-11-21T08:00:00Z", "residualTime": 31_536_000,
                      "externallyManaged": false, "caName": "ca", "missing": false },
                ],
            })
        );
    }

    #[test]
    fn the_time_left_is_told_as_kubectl_tells_it() {
        for (seconds, told) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (2 * MINUTE, "2m"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE + 1, "10m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR + MINUTE, "8h"),
            (2 * DAY - 1, "47h"),
            (2 * DAY + HOUR, "2d1h"),
            (8 * DAY + HOUR, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR + DAY, "2y1d"),
            (8 * YEAR - 1, "7y364d"),
            (10 * YEAR + DAY, "10y"),
        ] {
            assert_eq!(time_left(SignedDuration::from_secs(seconds)), told, "{seconds}");
        }
    }
}
