//! Directories for tests that need files of their own, and runs of the binary in them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory that is empty at the start of a test.
pub struct Scratch {
    pub root: PathBuf,
}

/// What a run has printed.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Scratch {
    /// `name` is that of the test.
    pub fn new(name: &str) -> Scratch {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("the target directory can be written");
        Scratch { root }
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        let parent = path.parent().expect("it is in the directory");
        fs::create_dir_all(parent).expect("it can be written");
        fs::write(path, text).expect("it can be written");
    }

    /// Runs ecslint in a directory below, with arguments separated by blanks.
    pub fn ecslint(&self, directory: &str, arguments: &str) -> Run {
        self.ecslint_reading(directory, arguments, "")
    }

    pub fn ecslint_reading(&self, directory: &str, arguments: &str, stdin: &str) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecslint"))
            .args(arguments.split_whitespace())
            .current_dir(self.root.join(directory))
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built");
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        // A run that does not read it may be over already.
        let _ = pipe.write_all(stdin.as_bytes());
        drop(pipe);
        let output = child.wait_with_output().expect("the run ends");
        Run {
            code: output.status.code().expect("nothing kills the run"),
            stdout: String::from_utf8(output.stdout).expect("it prints text"),
            stderr: String::from_utf8(output.stderr).expect("it prints text"),
        }
    }
}

impl Run {
    /// The places of what is told in the concise format, and the exit code.
    pub fn places(&self) -> (Vec<&str>, i32) {
        let lines = self.stdout.lines().filter(|line| line.contains("]: "));
        let places = lines.map(|line| line.split(": ").next().unwrap_or_default());
        (places.collect(), self.code)
    }

    /// The account at the end.
    pub fn summary(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}
