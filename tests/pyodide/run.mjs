// Runs pytest in Pyodide: node run.mjs FOLDER ARGUMENT..., where FOLDER has what is installed for it.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...chosen] = process.argv.slice(2);
const found = createRequire(path.resolve(folder, "package.json")).resolve("pyodide/pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(found));
const pyodide = await loadPyodide();
pyodide.mountNodeFS("/repository", process.cwd());
pyodide.mountNodeFS("/site", path.resolve(folder, "site"));
pyodide.globals.set("chosen", pyodide.toPy(chosen));
process.exitCode = pyodide.runPython(`
import os, sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/repository/src", "/repository", "/site"]
os.chdir("/repository")
import pytest
# There are no threads, so there is no watchdog, and nothing is to be kept of this run.
int(pytest.main(["-p", "no:cacheprovider", "-p", "tests.pyodide.odd", "-o", "faulthandler_timeout=0", *chosen]))
`);
