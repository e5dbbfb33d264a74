// Runs a program of bench/ under node. usage: node launch/node.js FILE SIZE [ARGUMENT]
// The program finds `size`, `argument`, `clock`, `resident`, `report`,
// and `need` for what another file beside it hands to `provide`.
"use strict";
globalThis.size = Number(process.argv[3]);
globalThis.argument = isNaN(process.argv[4]) ? process.argv[4] : Number(process.argv[4]);
globalThis.clock = () => {
  const spent = process.cpuUsage();
  return (spent.user + spent.system) / 1e6;
};
globalThis.resident = () => process.memoryUsage.rss();

// What was spent, on how many operations, and a value that must be the same everywhere.
globalThis.report = (spent, operations, check) => console.log(spent, operations, String(check));

const path = require("path");
const program = path.resolve(process.argv[2]);
let provided;
globalThis.provide = (things) => {
  provided = things;
};
globalThis.need = (name) => {
  require(path.join(path.dirname(program), name));
  return provided;
};

require(program);
