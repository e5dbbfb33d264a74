// Runs a program of bench/ under QuickJS. usage: qjs --std launch/qjs.js FILE SIZE [ARGUMENT]
// The program finds `size`, `argument`, `clock`, `resident`, `report`,
// and `need` for what another file beside it hands to `provide`.
globalThis.size = Number(scriptArgs[2]);
globalThis.argument = isNaN(scriptArgs[3]) ? scriptArgs[3] : Number(scriptArgs[3]);
globalThis.clock = () => (globalThis.performance || Date).now() / 1e3;
globalThis.resident = () => Number(std.loadFile("/proc/self/statm").split(" ")[1]) * 4096;
globalThis.setTimeout = os.setTimeout;
globalThis.clearTimeout = os.clearTimeout;
globalThis.queueMicrotask = (f) => Promise.resolve().then(f);

// What was spent, on how many operations, and a value that must be the same everywhere.
globalThis.report = (spent, operations, check) => print(spent, operations, String(check));

// In a function, so that two files may use the same names.
function run(path) {
  std.evalScript("(function () {" + std.loadFile(path) + "\n})()");
}

let provided;
globalThis.provide = (things) => {
  provided = things;
};
globalThis.need = (name) => {
  run(scriptArgs[1].replace(/[^/]*$/, name));
  return provided;
};

run(scriptArgs[1]);
