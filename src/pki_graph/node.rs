//! What was read of a host → what each of its keys, certificates and kubeconfigs is for, by following what names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::content::{Certificate, Content, Pem};
use super::flags::{FLAGS, FlagUse};
use super::hash::Hash;
use super::kubeconfigs::{Identity, Kubeconfig, Source};
use super::kubelet::KubeletSettings;
use super::layout::{self, Layout};
use super::program::Program;
use super::role::{Role, Trust};
use super::seen::{SeenFile, Tree, normal};

/// A host, and what its files are for.
#[derive(Debug)]
pub struct Node<'s> {
    /// What was read.
    pub tree: &'s Tree,
    /// How it was set up.
    pub layout: Layout,
    /// What it starts.
    pub programs: Vec<Program>,
    /// The kubelet's configuration.
    pub kubelet: Option<&'s KubeletSettings>,
    /// Certificates with their keys.
    pub pairs: Vec<Pair<'s>>,
    /// CAs that somebody trusts.
    pub bundles: Vec<Bundle<'s>>,
    /// Keys that check the tokens of service accounts.
    pub token_checks: Vec<KeyFile<'s>>,
    /// Keys that sign them.
    pub token_signers: Vec<KeyFile<'s>>,
    /// kubeconfigs.
    pub clients: Vec<Client<'s>>,
    /// All files that something of this reads, behind their links too.
    pub read: BTreeSet<PathBuf>,
}

/// Where something should be, and what is there.
#[derive(Debug, Clone)]
pub struct Held<'s> {
    /// A path, with the field in brackets behind it where it stands in a kubeconfig.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What is there.
    pub state: State<'s>,
}

/// What is where something should be.
#[derive(Debug, Clone, Copy)]
pub enum State<'s> {
    /// PEM.
    Here(&'s Pem),
    /// Something else, and why it is no PEM.
    Other(Option<&'s Pem>),
    /// Nothing.
    Absent,
    /// A link that leads nowhere.
    Dangling,
    /// The program does not see that part of the host.
    NotMounted,
    /// This user may not read it.
    NotLooked,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Pair<'s> {
    /// What it is for.
    pub role: Role,
    /// What names it: a program's flag, or a kubeconfig.
    pub source: String,
    /// The certificate, and its chain.
    pub certificate: Held<'s>,
    /// Its key.
    pub key: Held<'s>,
}

/// CAs.
#[derive(Debug)]
pub struct Bundle<'s> {
    /// Who believes whom because of it.
    pub trust: Trust,
    /// What names it.
    pub source: String,
    /// Where it is.
    pub held: Held<'s>,
}

/// A key without a certificate.
#[derive(Debug)]
pub struct KeyFile<'s> {
    /// What names it.
    pub source: String,
    /// Where it is.
    pub held: Held<'s>,
}

/// A kubeconfig.
#[derive(Debug)]
pub struct Client<'s> {
    /// Who dials with it.
    pub role: Role,
    /// What names it.
    pub source: String,
    /// The file.
    pub path: PathBuf,
    /// What is there.
    pub config: ClientState<'s>,
}

/// What is where a kubeconfig should be.
#[derive(Debug, Clone, Copy)]
pub enum ClientState<'s> {
    /// A kubeconfig.
    Here(&'s Kubeconfig),
    /// Something that is none, and why.
    Bad(&'s str),
    /// Nothing, or a link that leads nowhere.
    Absent,
    /// The program does not see that part of the host.
    NotMounted,
    /// This user may not read it.
    NotLooked,
}

impl<'s> Held<'s> {
    /// What can be read there.
    pub fn pem(&self) -> Option<&'s Pem> {
        match self.state {
            State::Here(pem) => Some(pem),
            State::Other(pem) => pem,
            State::Absent | State::Dangling | State::NotMounted | State::NotLooked => None,
        }
    }

    /// Its certificates.
    pub fn certificates(&self) -> &'s [Certificate] {
        self.pem().map(|pem| pem.certificates.as_slice()).unwrap_or_default()
    }
}

impl<'s> Pair<'s> {
    /// The certificate that is its key's; the first, where none is.
    pub fn own(&self) -> Option<&'s Certificate> {
        let all = self.certificate.certificates();
        let of_key = self.private().and_then(|key| all.iter().find(|certificate| certificate.key == key));
        of_key.or_else(|| all.first())
    }

    /// Its key, where it can be read.
    pub fn private(&self) -> Option<Hash> {
        self.key.pem().and_then(Pem::private)
    }
}

impl<'s> Node<'s> {
    /// Of what was read.
    pub fn of(tree: &'s Tree) -> Self {
        let programs = layout::programs(tree);
        let config = layout::kubelet_config(&programs);
        let kubelet = tree.file(&config).and_then(|file| match &file.content {
            Content::Kubelet(settings) => Some(&**settings),
            _ => None,
        });
        let mut node = Self {
            tree,
            layout: Layout::of(tree),
            programs,
            kubelet,
            pairs: Vec::new(),
            bundles: Vec::new(),
            token_checks: Vec::new(),
            token_signers: Vec::new(),
            clients: Vec::new(),
            read: BTreeSet::new(),
        };
        node.follow_programs();
        node.follow_kubelet();
        node.follow_places();
        node.note_read();
        node
    }

    /// Whether there is nothing of a cluster.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
            && self.bundles.is_empty()
            && self.clients.is_empty()
            && self.token_signers.is_empty()
    }

    /// A program by its name.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }

    /// Whether an API server runs here.
    pub fn is_control_plane(&self) -> bool {
        self.program("kube-apiserver").is_some()
    }

    /// Whether a rotation of CAs is under way.
    pub fn rotates(&self) -> bool {
        self.tree.files.keys().any(|path| is_of_rotation(path))
    }

    /// The pair of a role.
    pub fn pair(&self, role: Role) -> Option<&Pair<'s>> {
        self.pairs.iter().find(|pair| pair.role == role)
    }

    /// The bundles of a kind.
    pub fn bundles_of(&self, trust: Trust) -> impl Iterator<Item = &Bundle<'s>> {
        self.bundles.iter().filter(move |bundle| bundle.trust == trust)
    }

    /// What the host is called, as far as its files say so.
    pub fn host_names(&self) -> Vec<String> {
        let flags = self.tree.file(Path::new(layout::KUBELET_FLAGS)).map(|file| &file.content);
        if let Some(Content::Environment(pairs)) = flags {
            let words = pairs.iter().flat_map(|(_, value)| value.split_whitespace());
            let overridden = words.filter_map(|word| word.strip_prefix("--hostname-override=")).next_back();
            if let Some(name) = overridden {
                return vec![name.to_owned()];
            }
        }
        match self.tree.file(Path::new(layout::HOSTNAME)).map(|file| &file.content) {
            Some(Content::HostName(name)) if !name.is_empty() => vec![name.clone()],
            _ => Vec::new(),
        }
    }

    fn follow_programs(&mut self) {
        for program in self.programs.clone() {
            for row in FLAGS.iter().filter(|row| row.program == program.name) {
                let source = format!("{} --{}", program.name, row.flag);
                let values: Vec<&str> = program.all(row.flag).collect();
                // A list is a list of keys; of anything else the last one counts.
                let one = values.last().copied();
                match row.used {
                    FlagUse::Pair(role, key) => {
                        let Some(path) = one else { continue };
                        let key = program.flag(key).filter(|key| !key.is_empty()).unwrap_or(path);
                        let (certificate, key) =
                            (self.of_program(&program, path), self.of_program(&program, key));
                        self.pairs.push(Pair { role, source, certificate, key });
                    }
                    FlagUse::Bundle(trust) => {
                        let Some(path) = one else { continue };
                        let held = self.of_program(&program, path);
                        self.bundles.push(Bundle { trust, source, held });
                    }
                    FlagUse::Kubeconfig(role) => {
                        let Some(path) = one else { continue };
                        match program.on_host(path) {
                            // A host with a kubelet that was never told of a cluster.
                            Some(path) if role == Role::Kubelet && self.tree.file(&path).is_none() => {}
                            Some(path) => self.add_client(role, source, &path),
                            None => self.clients.push(Client {
                                role,
                                source,
                                path: path.into(),
                                config: ClientState::NotMounted,
                            }),
                        }
                    }
                    FlagUse::TokenCheck | FlagUse::TokenSign => {
                        for path in values {
                            let file =
                                KeyFile { source: source.clone(), held: self.of_program(&program, path) };
                            if row.used == FlagUse::TokenCheck {
                                self.token_checks.push(file);
                            } else {
                                self.token_signers.push(file);
                            }
                        }
                    }
                }
            }
        }
    }

    fn follow_kubelet(&mut self) {
        let settings = self.kubelet.cloned().unwrap_or_default();
        if let Some(path) = &settings.client_authority {
            let source = "kubelet clientCAFile".to_owned();
            let held = self.held(Path::new(path));
            self.bundles.push(Bundle { trust: Trust::KubeletClients, source, held });
        }
        let own = |name: &str| Path::new(layout::KUBELET_PKI).join(name);
        let current = own("kubelet-server-current.pem");
        let (certificate, key) = match (&settings.certificate, &settings.key) {
            (Some(certificate), Some(key)) => (PathBuf::from(certificate), PathBuf::from(key)),
            _ if self.tree.file(&current).is_some() => (current.clone(), current),
            _ => (own("kubelet.crt"), own("kubelet.key")),
        };
        if self.tree.file(&certificate).is_some() || settings.certificate.is_some() {
            let (certificate, key) = (self.held(&certificate), self.held(&key));
            let source = "the kubelet".to_owned();
            self.pairs.push(Pair { role: Role::KubeletServing, source, certificate, key });
        }
    }

    fn follow_places(&mut self) {
        for (certificate, key, role) in self.layout.pairs() {
            if self.tree.file(Path::new(certificate)).is_some() {
                let (certificate, key) = (self.held(Path::new(certificate)), self.held(Path::new(key)));
                let source = role.told().to_owned();
                self.pairs.push(Pair { role: *role, source, certificate, key });
            }
        }
        for (path, role) in self.layout.kubeconfigs() {
            let path = Path::new(path);
            if self.tree.file(path).is_some() {
                self.add_client(*role, role.told().to_owned(), path);
            }
        }
    }

    /// A kubeconfig, its CA and its pair; once.
    fn add_client(&mut self, role: Role, source: String, path: &Path) {
        let path = normal(path);
        if self.clients.iter().any(|client| client.path == path) {
            return;
        }
        let config = match self.tree.file(&path).map(|file| &file.content) {
            None | Some(Content::Dangling) => ClientState::Absent,
            Some(Content::Unread(_)) => ClientState::NotLooked,
            Some(Content::Kubeconfig(read)) => match &**read {
                Ok(config) => ClientState::Here(config),
                Err(why) => ClientState::Bad(why),
            },
            Some(_) => ClientState::Bad("it is no kubeconfig"),
        };
        if let ClientState::Here(config) = config {
            self.add_parts(role, &path, config);
        }
        self.clients.push(Client { role, source, path, config });
    }

    fn add_parts(&mut self, role: Role, path: &Path, config: &'s Kubeconfig) {
        let source = path.display().to_string();
        if let Some(authority) = &config.authority {
            let held = self.of_source(path, authority);
            self.bundles.push(Bundle { trust: Trust::Client(role), source: source.clone(), held });
        }
        if let Some(Identity { certificate, key }) = &config.identity {
            let (certificate, key) = (self.of_source(path, certificate), self.of_source(path, key));
            self.pairs.push(Pair { role, source, certificate, key });
        }
    }

    fn of_source(&self, kubeconfig: &Path, source: &'s Source) -> Held<'s> {
        match source {
            Source::File(path) => self.held(path),
            Source::Data(field, pem) => Held {
                name: format!("{} ({field})", kubeconfig.display()),
                path: kubeconfig.to_owned(),
                state: State::Here(pem),
            },
        }
    }

    fn of_program(&self, program: &Program, path: &str) -> Held<'s> {
        match program.on_host(path) {
            Some(path) => self.held(&path),
            None => Held { name: path.to_owned(), path: path.into(), state: State::NotMounted },
        }
    }

    /// A file of the host.
    pub fn held(&self, path: &Path) -> Held<'s> {
        let path = normal(path);
        let state = match self.tree.file(&path).map(|file| &file.content) {
            None => State::Absent,
            Some(Content::Pem(pem)) => State::Here(pem),
            Some(Content::Other(pem)) => State::Other(Some(pem)),
            Some(Content::Dangling) => State::Dangling,
            Some(Content::Unread(_)) => State::NotLooked,
            Some(
                Content::Kubeconfig(_)
                | Content::Programs(_)
                | Content::Kubelet(_)
                | Content::Environment(_)
                | Content::HostName(_),
            ) => State::Other(None),
        };
        Held { name: path.display().to_string(), path, state }
    }

    fn note_read(&mut self) {
        let pairs = self.pairs.iter().flat_map(|pair| [&pair.certificate.path, &pair.key.path]);
        let bundles = self.bundles.iter().map(|bundle| &bundle.held.path);
        let keys = self.token_checks.iter().chain(&self.token_signers).map(|key| &key.held.path);
        let clients = self.clients.iter().map(|client| &client.path);
        let mut read: BTreeSet<PathBuf> = pairs.chain(bundles).chain(keys).chain(clients).cloned().collect();
        let known = self.layout.authorities().iter().flat_map(|(certificate, key)| [*certificate, *key]);
        read.extend(known.chain(self.layout.usual_files()).map(PathBuf::from));
        for program in &self.programs {
            let named = program.flags.iter().filter(|(_, value)| value.starts_with('/'));
            read.extend(named.filter_map(|(_, value)| program.on_host(value)));
            read.extend(program.mounts.iter().flatten().map(|mount| mount.host.clone()));
        }
        let behind: Vec<PathBuf> =
            read.iter().filter_map(|path| Some(self.tree.file(path)?.real.clone())).collect();
        read.extend(behind);
        self.read = read;
    }
}

/// Where a rotation has what comes and what goes.
pub fn is_of_rotation(path: &Path) -> bool {
    layout::ROTATION.iter().any(|folder| path.starts_with(folder))
}

/// The keys and certificates of a file of PEM blocks.
pub fn pem_of(file: &SeenFile) -> Option<&Pem> {
    match &file.content {
        Content::Pem(pem) => Some(pem),
        _ => None,
    }
}
