print("hi")
local f = assert(io.open("/proc/self/statm"))
local pages = f:read("*a"):match("%d+ (%d+)")
print(string.format("%d 1 hi", pages * 4096))
