//! Discovery by a file.
#![expect(clippy::disallowed_methods, reason = "a test makes the files that it is about")]

use tempfile::TempDir;

use super::*;
use crate::host::fake_api::{FakeApi, SOUND};
use crate::join::discovery::Remark;

const USER: &str = "token: hunter2";

/// A cluster, and a file that leads to it.
struct Setting {
    folder: TempDir,
    ca: Authority,
    fake: FakeApi,
}

impl Setting {
    async fn with(answer: impl Fn(Question) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let ca = Authority::new();
        let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), answer).await;
        Self { folder: tempfile::tempdir().unwrap(), ca, fake }
    }

    /// One whose cluster-info says what the file says.
    async fn sound() -> Self {
        Self::with(|_| status(403)).await
    }

    fn server(&self) -> String {
        format!("https://{}", self.fake.endpoint)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// With the CA in a file beside it, and `user` as the user's fields.
    fn discovery_file(&self, user: &str, ca: &Authority) -> String {
        let ca = self.write("ca.crt", &ca.pem);
        let server = self.server();
        self.write(
            "discovery.conf",
            &format!(
                "current-context: c\ncontexts: [{{name: c, context: {{cluster: prod, user: me}}}}]\n\
                 clusters: [{{name: prod, cluster: {{server: '{server}', certificate-authority: '{ca}'}}}}]\n\
                 users: [{{name: me, user: {{{user}}}}}]\n"
            ),
        )
    }
}

fn by_file(place: &str) -> Discovery {
    Discovery { source: DiscoverySource::File(place.to_owned()), tls_bootstrap_token: None }
}

fn with_token(place: &str) -> Discovery {
    Discovery { tls_bootstrap_token: Some(token(TOKEN)), ..by_file(place) }
}

#[tokio::test]
async fn the_file_s_user_is_kept_and_its_files_are_taken_in() {
    let setting = Setting::sound().await;
    let secret = setting.write("token", "hunter2\n");
    let file = setting.discovery_file(&format!("tokenFile: '{secret}'"), &setting.ca);
    let found = found(&by_file(&file)).await;
    assert_eq!(found.bootstrap.current_user().unwrap().other["token"], json!("hunter2"));
    assert_eq!(found.bootstrap.current_context, "c");
    assert_eq!(found.reach().unwrap().authority, setting.ca.pem.as_bytes());
    assert_eq!(setting.fake.tokens(), ["hunter2"]);
    assert_eq!(found.remarks, [Remark::NotRefreshed { at: setting.fake.endpoint.to_string() }]);
}

#[tokio::test]
async fn a_bootstrap_token_goes_before_the_file_s_user() {
    let setting = Setting::sound().await;
    let file = setting.discovery_file(USER, &setting.ca);
    let found = found(&with_token(&file)).await;
    assert_eq!(found.bootstrap.current_context, "tls-bootstrap-token-user@kubernetes");
    assert_eq!(found.bootstrap.current_user().unwrap().other["token"], json!(TOKEN));
    assert_eq!(found.reach().unwrap().server, setting.server());
}

#[tokio::test]
async fn the_kubeconfig_of_cluster_info_is_a_file_too_as_yaml_and_json() {
    let setting = Setting::sound().await;
    let text = kubeconfig(&setting.server(), &[&setting.ca]);
    let json = crate::yaml::from_str::<Value>(&text).unwrap().to_string();
    for text in [text, json] {
        let found = found(&with_token(&setting.write("a", &text))).await;
        assert_eq!(found.reach().unwrap().authority, setting.ca.pem.as_bytes());
    }
}

#[tokio::test]
async fn another_server_in_cluster_info_is_remarked_and_not_taken() {
    let ca = Authority::new();
    let info = cluster_info(&kubeconfig("https://10.0.0.1:6443", &[&ca]), &[]);
    let setting = Setting::with(move |_| object(&info)).await;
    let found = found(&by_file(&setting.discovery_file(USER, &setting.ca))).await;
    let remark = Remark::OtherServer { file: setting.server(), cluster: "https://10.0.0.1:6443".to_owned() };
    assert_eq!(found.remarks, [remark]);
    assert_eq!(found.reach().unwrap().authority, setting.ca.pem.as_bytes());
}

#[tokio::test]
async fn a_file_that_would_have_any_server_believed_is_refused_before_one_is_asked() {
    let setting = Setting::sound().await;
    let ca = setting.write("ca.crt", &setting.ca.pem);
    for with in ["", ", certificate-authority: "] {
        let ca = if with.is_empty() { "" } else { &ca };
        let server = setting.server();
        let text = format!(
            "clusters: [{{name: '', cluster: {{server: '{server}', insecure-skip-tls-verify: true{with}{ca}}}}}]"
        );
        let file = setting.write("a", &text);
        let said = refused_at_once(&with_token(&file)).await;
        let expected = "has insecure-skip-tls-verify: it would be believed whoever answers";
        assert_eq!(said, format!("the discovery file {file} {expected}"));
    }
    assert_eq!(setting.fake.connections(), 0);
}

#[tokio::test]
async fn a_plug_in_that_client_go_no_longer_has_is_refused() {
    let setting = Setting::sound().await;
    let file =
        setting.discovery_file("auth-provider: {name: gcp, config: {cmd-path: /bin/true}}", &setting.ca);
    let said = refused_at_once(&by_file(&file)).await;
    let expected = "has its credentials from an auth-provider (gcp), which is not supported";
    assert_eq!(said, format!("the discovery file {file} {expected}"));
    assert_eq!(setting.fake.connections(), 0);
}

#[tokio::test]
async fn a_program_of_another_user_is_neither_run_nor_kept() {
    let setting = Setting::sound().await;
    let marker = setting.folder.path().join("ran");
    let other = format!(
        "users: [{{name: other, user: {{exec: {{command: touch, args: ['{}']}}}}}}, ",
        marker.display()
    );
    let file = setting.discovery_file(USER, &setting.ca);
    let text = std::fs::read_to_string(&file).unwrap().replace("users: [", &other);
    let found = found(&by_file(&setting.write("b", &text))).await;
    assert_eq!(found.bootstrap.users.len(), 1);
    assert!(!found.bootstrap.to_yaml().unwrap().expose_secret().contains("exec") && !marker.exists());
}

#[tokio::test]
async fn a_ca_s_certificates_alone_are_kept_of_its_file() {
    let setting = Setting::sound().await;
    let file = setting.discovery_file(USER, &setting.ca);
    setting.write("ca.crt", &format!("* * * * * root id\n{}", setting.ca.pem));
    assert_eq!(found(&by_file(&file)).await.reach().unwrap().authority, setting.ca.pem.as_bytes());
}

#[tokio::test]
async fn a_name_for_tls_and_a_proxy_are_the_file_s_to_say() {
    let ca = Authority::new();
    let fake = FakeApi::serve(ca.server("api.test", SOUND), |_| status(403)).await;
    let setting = Setting { folder: tempfile::tempdir().unwrap(), ca, fake };
    let file = setting.discovery_file(USER, &setting.ca);
    let text = std::fs::read_to_string(&file).unwrap();
    let file = setting.write("b", &text.replace("{server:", "{tls-server-name: api.test, server:"));
    let kept = found(&by_file(&file)).await;
    let cluster = kept.bootstrap.leading_cluster().unwrap();
    assert_eq!(cluster.other["tls-server-name"], json!("api.test"));
}

#[tokio::test]
async fn a_file_without_credentials_wants_a_token() {
    let setting = Setting::sound().await;
    let file = setting.discovery_file("", &setting.ca);
    let said = refused_at_once(&by_file(&file)).await;
    assert_eq!(
        said,
        format!("the discovery file {file} holds no credentials, and no TLS bootstrap token is given")
    );
    assert_eq!(setting.fake.connections(), 0);
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_told() {
    let setting = Setting::with(|_| status(401)).await;
    let at = &setting.fake.endpoint;
    let file = setting.discovery_file(USER, &setting.ca);
    let said = refused_at_once(&by_file(&file)).await;
    assert_eq!(said, format!("{at} does not accept the credentials of the discovery file {file}"));
    let file = setting.discovery_file("", &setting.ca);
    let said = refused_at_once(&with_token(&file)).await;
    assert_eq!(said, format!("{at} does not let anonymous users read cluster-info (it answered 401)"));
}

#[tokio::test]
async fn a_file_with_another_cluster_s_ca_is_told() {
    let setting = Setting::sound().await;
    let at = &setting.fake.endpoint;
    let file = setting.discovery_file(USER, &Authority::new());
    let said = refused_at_once(&by_file(&file)).await;
    assert_eq!(
        said,
        format!("the CA in the discovery file {file} did not sign the certificate that {at} shows")
    );
    assert_eq!(setting.fake.tokens(), Vec::<String>::new());
}

#[tokio::test]
async fn files_that_cannot_be_read_are_told() {
    let setting = Setting::sound().await;
    let absent = setting.folder.path().join("absent").to_str().unwrap().to_owned();
    assert_eq!(refused_at_once(&by_file(&absent)).await, format!("cannot read the discovery file {absent}"));
    let file = setting.write("a", "- hunter2");
    let said = refused_at_once(&by_file(&file)).await;
    assert_eq!(said, format!("the discovery file {file} is not usable as a kubeconfig"));
    let file = setting.write("a", "kind: Config");
    let said = refused_at_once(&by_file(&file)).await;
    let expected = "leads to no cluster: no current context names one, and none is without a name";
    assert_eq!(said, format!("the discovery file {file} {expected}"));
    let file = setting.discovery_file("tokenFile: /absent", &setting.ca);
    let said = refused_at_once(&by_file(&file)).await;
    assert_eq!(said, format!("the discovery file {file} cannot be completed"));
}
