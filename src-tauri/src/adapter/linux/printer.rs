//! Whether CUPS answers. The library that lists the queues gives an empty list both where there are none and where nothing
//! answers, so this asks first.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(5);
const SOCKETS: &[&str] = &["/run/cups/cups.sock", "/var/run/cups/cups.sock"];
const PORT: u16 = 631;

/// Where CUPS listens.
#[derive(Debug, PartialEq, Eq)]
enum Server {
    Socket(PathBuf),
    Network(String, u16),
}

/// Fine where CUPS answers; else why not.
pub fn print_system_probe() -> Result<(), String> {
    let server = server_named().map_or_else(server_usual, |text| server_parse(&text));
    let answer = match &server {
        Server::Socket(path) => UnixStream::connect(path).and_then(|mut stream| {
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            answers(&mut stream)
        }),
        Server::Network(host, port) => connected(host, *port).and_then(|mut stream| {
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            answers(&mut stream)
        }),
    };
    answer.map_err(|error| match server {
        Server::Socket(path) => format!("{}: {error}", path.display()),
        Server::Network(host, port) => format!("{host}:{port}: {error}"),
    })
}

/// The server that the environment or CUPS's client file names.
fn server_named() -> Option<String> {
    if let Some(server) = std::env::var("CUPS_SERVER").ok().filter(|text| !text.is_empty()) {
        return Some(server);
    }
    let own = std::env::home_dir().map(|home| home.join(".cups/client.conf"));
    [own, Some(PathBuf::from("/etc/cups/client.conf"))]
        .into_iter()
        .flatten()
        .filter_map(|file| fs_err::read_to_string(file).ok())
        .find_map(|text| server_of_file(&text))
}

fn server_of_file(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.trim().split_once(char::is_whitespace)?;
        key.eq_ignore_ascii_case("ServerName").then(|| value.trim().to_owned())
    })
}

fn server_usual() -> Server {
    SOCKETS
        .iter()
        .map(Path::new)
        .find(|path| path.exists())
        .map_or_else(|| Server::Network("localhost".to_owned(), PORT), |path| Server::Socket(path.to_owned()))
}

/// `/path`, `host`, `host:port`, `[::1]:port`, each perhaps with `/version=…` behind.
fn server_parse(text: &str) -> Server {
    if text.starts_with('/') {
        return Server::Socket(PathBuf::from(text));
    }
    let text = text.split('/').next().unwrap_or(text);
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => (host, Some(port)),
            _ => (text, None),
        },
    };
    Server::Network(host.to_owned(), port.and_then(|port| port.parse().ok()).unwrap_or(PORT))
}

fn connected(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, LIMIT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A listening socket is not enough: somebody must say something.
fn answers(stream: &mut (impl Read + Write)) -> io::Result<()> {
    stream.write_all(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut first = [0; 1];
    match stream.read(&mut first)? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_the_server_is_understood() {
        let network = |host: &str, port| Server::Network(host.to_owned(), port);
        let table = [
            ("/tmp/a/cups.sock", Server::Socket("/tmp/a/cups.sock".into())),
            ("print.example", network("print.example", 631)),
            ("print.example:8631", network("print.example", 8631)),
            ("print.example:8631/version=1.1", network("print.example", 8631)),
            ("[::1]:8631", network("::1", 8631)),
            ("::1", network("::1", 631)),
        ];
        for (text, server) in table {
            assert_eq!(server_parse(text), server, "{text}");
        }
    }

    #[test]
    fn the_client_file_names_the_server() {
        assert_eq!(server_of_file("# x\n\nServerName print.example:631\n"), Some("print.example:631".to_owned()));
        assert_eq!(server_of_file("# ServerName no\nUser a\n"), None);
    }

    #[test]
    fn somebody_who_listens_and_says_nothing_is_down() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        assert!(answers(&mut ours).is_err());
    }

    #[test]
    fn somebody_who_answers_is_up() {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        assert!(answers(&mut ours).is_ok());
    }
}
