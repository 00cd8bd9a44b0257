#!/usr/bin/env node
// npm's solc (WebAssembly) behind the command line of the native compiler, as far as forge, py-solc-x, ape and slither use it:
//   --version
//   --standard-json [--base-path P] [--include-path P]... [--allow-paths ignored]
"use strict";
const fs = require("fs");
const path = require("path");

const argv = process.argv.slice(2);
const valuesOf = (option) =>
  argv.flatMap((word, i) =>
    word === option ? [argv[i + 1]] : word.startsWith(option + "=") ? [word.slice(option.length + 1)] : [],
  );

function write(text) {
  const bytes = Buffer.from(text);
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += fs.writeSync(1, bytes, sent);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error; // a full pipe: try again
    }
  }
}

function compiler() {
  const solc = require(path.join(__dirname, "..", "node_modules", "solc"));
  // Emscripten installs handlers that print its whole source on an error.
  process.removeAllListeners("uncaughtException");
  process.removeAllListeners("unhandledRejection");
  return solc;
}

function reader(roots) {
  return (name) => {
    const found = roots.map((root) => path.resolve(root, name)).find((file) => fs.existsSync(file));
    return found ? { contents: fs.readFileSync(found, "utf8") } : { error: "File not found: " + name };
  };
}

if (argv.includes("--version")) {
  // Tools look for the platform suffix of a native build.
  const version = compiler().version().replace(".Emscripten.clang", ".Linux.g++");
  write("solc, the solidity compiler commandline interface\nVersion: " + version + "\n");
} else if (argv.includes("--standard-json")) {
  const roots = [...valuesOf("--base-path"), ...valuesOf("--include-path"), process.cwd()];
  write(compiler().compile(fs.readFileSync(0, "utf8"), { import: reader(roots) }) + "\n");
} else {
  process.stderr.write("solc shim: only --version and --standard-json are supported\n");
  process.exit(1);
}
