// Tracebacks and frame objects: what scripts see of a stack. The display is vm/traceback.c's.
#ifndef AVM_VM_TRACEBACK_H
#define AVM_VM_TRACEBACK_H

#include "vm/error.h"
#include "vm/frame.h"

typedef struct AvmFrameObj AvmFrameObj;

// A row of a traceback: where a frame stood when an exception passed through it.
typedef struct AvmTraceback AvmTraceback;
struct AvmTraceback {
    AvmObj h;
    AvmTraceback *next; // the row of the frame that was called from here, or NULL
    AvmFrameObj *frame;
    uint32_t pc;    // words before it had run
    uint32_t chain; // the task that begins here, and who awaits it: see avm_hints_kept; 0: not noted
};

// A frame for those who look at it from outside: tracebacks and scripts (sys._getframe, tb_frame, cr_frame,
// Task.get_stack). While `frame` runs or is suspended it shows the frame itself. At its end the local
// variables become this one's, and so does the frame object of the caller: what an exception has left lives
// as long as its traceback.
struct AvmFrameObj {
    AvmObj h;
    AvmFrame *frame; // NULL: it has ended
    AvmFunc *func;
    AvmFrameObj *back; // when frame is NULL; or NULL
    uint32_t pc;       // when frame is NULL
    AvmValue regs[];   // when frame is NULL: the locals
};

// Adds a row for frame, through which exc is passing, in front of exc's traceback. false: MemoryError is set instead.
bool avm_traceback_here(AvmThread *t, AvmExc *exc, AvmFrame *frame);
uint32_t avm_traceback_line(const AvmTraceback *tb);
static inline AvmCode *avm_traceback_code(const AvmTraceback *tb) { return tb->frame->func->code; }
// The frame object of a frame, made at the first call; new reference. NULL: exception.
AvmFrameObj *avm_frame_object(AvmThread *t, AvmFrame *frame);
// One of a frame that there has never been, without values of locals. New reference; NULL: exception.
AvmFrameObj *avm_frame_object_for(AvmThread *t, AvmFunc *func);
// The frame ends: its frame object lives on without it, and takes its local variables. To be called where
// frame->object is not NULL, and while it is known whether the frame's generator runs.
void avm_frame_object_detach(AvmThread *t, AvmFrame *frame);

// The local variables of a frame by name, as locals() gives them: of a function a new dict, else the namespace itself.
// New reference; NULL: exception.
AvmDict *avm_frame_locals(AvmThread *t, AvmFrame *frame);
AvmDict *avm_frame_object_locals(AvmThread *t, AvmFrameObj *o);

// Appends CPython's display of one stack entry (`  File "x.py", line 3, in f`, source line, carets).
bool avm_traceback_entry(AvmThread *t, AvmCode *code, AvmDict *globals, uint32_t pc, AvmBuf *out);
// Appends the entries of a traceback (no header line).
bool avm_traceback_entries(AvmThread *t, AvmTraceback *tb, AvmBuf *out);
// Appends what is shown after the stack entries: "ValueError: text\n", notes included. SyntaxError: with its place.
bool avm_traceback_only(AvmThread *t, AvmValue exc, AvmBuf *out);
// As avm_traceback_format, and without causes and contexts unless chain.
bool avm_traceback_format_chain(AvmThread *t, AvmValue exc, bool chain, AvmBuf *out);

// As sys.unraisablehook shows an exception: its own stack without carets, its type and text, and nothing
// else.
bool avm_traceback_unraisable(AvmThread *t, AvmValue exc, AvmBuf *out);

// The text of a source line (from 1), without its line end: from what a compile kept, or from the file. false: not
// known. `line` is replaced.
bool avm_source_line(AvmThread *t, const AvmUnit *unit, uint32_t number, AvmBuf *line);
// Keeps the source of a compile (-c, standard input, <string>) for displays: file is the unit's file name.
bool avm_source_keep(AvmThread *t, AvmStr *file, const char *source, size_t len);

// What warnings.warn does: category a Warning class, module's registry by globals. false: the filter made it an error.
bool avm_warn_explicit(AvmThread *t, AvmType *category, AvmStr *text, AvmStr *file, uint32_t line, AvmStr *module);

#endif
