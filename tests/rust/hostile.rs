//! Files that want other files opened: the kernel is asked which were.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::{finish, index, media, media_dir, opusclip, scratch, tree};

/// Can programs be watched here?
fn strace() -> bool {
    let status = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let able = status.is_ok_and(|s| s.success());
    if !able {
        eprintln!("skipped: strace is missing or may not watch programs here");
    }
    able
}

/// What was opened, and which addresses were asked for.
struct Watched {
    opened: Vec<PathBuf>,
    network: Vec<String>,
    status: Option<i32>,
}

fn watch(arguments: &[&str], folder: &Path) -> Watched {
    let log = tempfile::NamedTempFile::new().unwrap();
    let plain = opusclip();
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-s", "4096", "-e", "trace=open,openat,openat2,creat,connect,bind,sendto,execve", "-o"])
        .arg(log.path())
        .arg(plain.get_program())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    let output = finish(command, Duration::from_secs(40));
    let text = String::from_utf8_lossy(&std::fs::read(log.path()).unwrap()).into_owned();
    let (mut opened, mut network, mut programs) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let path = || call.split('"').nth(1).map(|path| folder.join(path));
        if call.starts_with("open") || call.starts_with("creat") {
            opened.extend(path());
        } else if call.starts_with("execve") {
            programs.extend(path());
        } else if ["connect", "bind", "sendto"].iter().any(|name| call.starts_with(name)) {
            network.push(call.to_owned());
        }
    }
    let ours = Path::new(plain.get_program()).parent().unwrap();
    assert!(!programs.is_empty() && programs.iter().all(|p| p.parent() == Some(ours)), "ran {programs:?}");
    assert!(opened.len() > 5, "strace saw nothing: {text}");
    Watched { opened, network, status: output.status.code() }
}

impl Watched {
    /// Of the files below a folder, only `source` may have been opened.
    fn only(&self, source: &Path, below: &Path, what: &str) {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let below = real(below);
        for path in &self.opened {
            let path = real(path);
            let ours = path.starts_with(&below) && path != below;
            assert!(!ours || real(source) == path, "{what}: opened {}", path.display());
        }
        assert_eq!(self.network, [] as [String; 0], "{what}: used the network");
    }

    fn opened(&self, source: &Path) -> bool {
        self.opened.iter().any(|path| path == source)
    }
}

#[test]
fn disguised_files_open_nothing_but_themselves() {
    if !strace() {
        return;
    }
    let folder = scratch();
    let disguised: Vec<String> =
        index().into_iter().filter(|(_, e)| e["expected"]["disguise"] == true).map(|(name, _)| name).collect();
    assert!(disguised.len() >= 9, "{disguised:?}");
    for name in disguised {
        let source = media(&name);
        let file = source.to_str().unwrap();
        for arguments in [["probe", file].as_slice(), &["analyze", file], &["extract", file, "--out", "out"]] {
            let what = format!("{} {name}", arguments[0]);
            let watched = watch(arguments, folder.path());
            assert_eq!(watched.status, Some(3), "{what}");
            watched.only(&source, &media_dir(), &what);
            assert!(watched.opened(&source), "{what}: its source was not opened; is the log read rightly?");
        }
    }
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn playlists_find_the_files_that_they_name_and_still_do_not_open_them() {
    if !strace() {
        return;
    }
    // Here everything that is named lies where it is named, so that only refusing helps.
    let folder = scratch();
    std::fs::copy(media("h264_aac.mp4"), folder.path().join("secret.mp4")).unwrap();
    std::fs::copy(media("h264_ts.ts"), folder.path().join("secret.ts")).unwrap();
    let secret = folder.path().join("secret.ts");
    let secret = secret.to_str().unwrap();
    let scripts = [
        ("hls.mp4", format!("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n")),
        ("concat.mp4", "ffconcat version 1.0\nfile secret.mp4\n".to_owned()),
        ("plain-concat.mp4", "file 'secret.mp4'\nfile 'secret.mp4'\n".to_owned()),
        ("metadata.mp4", ";FFMETADATA1\ntitle=x\n".to_owned()),
        (
            "sdp.ts",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 33\n".to_owned(),
        ),
        ("smil.mkv", "<smil><body><video src=\"secret.mp4\"/></body></smil>".to_owned()),
        ("imf.mp4", "<?xml version=\"1.0\"?><CompositionPlaylist><Id>urn:uuid:0</Id></CompositionPlaylist>".to_owned()),
        ("avs.avi", "AviSource(\"secret.mp4\")\n".to_owned()),
        ("vobsub.mkv", "# VobSub index file, v7 (do not modify this line!)\n".to_owned()),
    ];
    for (name, content) in scripts {
        let source = folder.path().join(name);
        std::fs::write(&source, content).unwrap();
        for call in ["probe", "analyze"] {
            let watched = watch(&[call, name], folder.path());
            watched.only(&source, folder.path(), name);
            assert_eq!(watched.status, Some(3), "{call} {name}");
        }
    }
}

#[test]
fn a_genuine_file_opens_its_source_and_its_output_only() {
    if !strace() {
        return;
    }
    let folder = scratch();
    let out = folder.path().join("out");
    for name in ["talk.mp4", "h264_ts.ts", "chapters_subs.mkv"] {
        let source = media(name);
        let file = source.to_str().unwrap();
        for arguments in [
            ["probe", file].as_slice(),
            &["analyze", file],
            &[
                "extract",
                file,
                "-o",
                "out",
                "--overwrite",
                "--min",
                "3",
                "--max",
                "5",
                "-n",
                "1",
                "--size",
                "216x384",
                "--speed",
                "ultrafast",
            ],
        ] {
            let watched = watch(arguments, folder.path());
            assert_eq!(watched.status, Some(0), "{arguments:?}");
            watched.only(&source, &media_dir(), name);
            for path in watched.opened.iter().filter(|p| p.starts_with(folder.path())) {
                assert!(path.starts_with(&out), "{arguments:?}: opened {}", path.display());
            }
        }
    }
}

#[test]
fn names_are_names_and_no_protocols() {
    let folder = scratch();
    let run = |arguments: &[&str]| {
        let mut command = opusclip();
        command.args(arguments).current_dir(folder.path());
        finish(command, Duration::from_secs(20))
    };
    for name in
        ["concat:one.mp4|two.mp4", "http://127.0.0.1:9/x.mp4", "file:talk.mp4", "pipe:0", "data:video/mp4;base64,AAAA"]
    {
        let output = run(&["probe", name]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(3) && said.contains("media.not_found"), "{name}: {said}");
    }
    for name in ["file:talk.mp4", "%03d.mp4", "-x.mp4", "a b'c\"d[e],f;g:h.mp4", "Grüße \u{1f3ac}.mp4", "*.mp4"] {
        std::fs::copy(media("h264_aac.mp4"), folder.path().join(name)).unwrap();
        let output = run(&["probe", "--json", "--", name]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn any_folder_will_do_for_captions() {
    let folder = scratch();
    // The script of the captions lies in the folder for temporary files; its name goes through FFmpeg's own notation.
    let odd = folder.path().join("it's [a] 100%, b;c:d=\\e");
    std::fs::create_dir(&odd).unwrap();
    let mut command = opusclip();
    command.arg("extract").arg(media("talk.mp4")).arg("--out").arg(odd.join("out é")).arg("-t").arg(media("talk.srt"));
    command
        .args(["--min", "3", "--max", "5", "-n", "1", "--size", "216x384", "--speed", "ultrafast"])
        .env("TMPDIR", &odd);
    let output = finish(command, Duration::from_secs(40));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(odd.join("out é/clip-01.mp4").is_file());
    assert_eq!(std::fs::read_dir(&odd).unwrap().count(), 1, "no temporary file stays");
}
