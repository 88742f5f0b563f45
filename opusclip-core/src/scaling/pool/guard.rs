//! A shell beside the host that ends the instances when the host is gone, however it went.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};

/// It hears of groups of processes as they come and go. When nobody can tell it anything any more, the host is gone.
const SCRIPT: &str = r#"
groups=' '
while read -r word group; do
  case $word in
    +) groups="$groups$group " ;;
    -) groups="${groups%% "$group" *} ${groups#* "$group" }" ;;
  esac
done
for group in $groups; do kill -TERM "-$group" 2>/dev/null; done
waited=0
while [ "$waited" -lt "$1" ]; do
  alive=
  for group in $groups; do
    if kill -0 "-$group" 2>/dev/null; then alive=1; fi
  done
  if [ -z "$alive" ]; then exit 0; fi
  sleep 1
  waited=$((waited + 1))
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
"#;

#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
    ear: Option<ChildStdin>,
}

impl Guard {
    pub(super) fn start(stop_timeout: f64) -> std::io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "opusclip-guard", &format!("{:.0}", stop_timeout.ceil())]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What a terminal sends to the host's group is not for it.
        command.process_group(0);
        let mut shell = command.spawn()?;
        let ear = shell.stdin.take();
        Ok(Self { shell, ear })
    }

    pub(super) fn came(&mut self, group: u32) -> std::io::Result<()> {
        self.tell('+', group)
    }

    pub(super) fn went(&mut self, group: u32) -> std::io::Result<()> {
        self.tell('-', group)
    }

    fn tell(&mut self, word: char, group: u32) -> std::io::Result<()> {
        match &mut self.ear {
            Some(ear) => ear.write_all(format!("{word} {group}\n").as_bytes()),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.ear = None;
        // It ends by itself once it hears nothing more, at once where there are no groups; it was ours to wait for.
        drop(self.shell.wait());
    }
}
