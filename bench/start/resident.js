const path = "/proc/self/statm";
const text = typeof require === "function" ? require("fs").readFileSync(path, "utf8") : std.loadFile(path);
console.log("hi");
console.log(Number(text.split(" ")[1]) * 4096, 1, "hi");
