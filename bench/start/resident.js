console.log("hi");
const pages = Number(require("fs").readFileSync("/proc/self/statm", "utf8").split(" ")[1]);
console.log(pages * 4096, 1, "hi");
