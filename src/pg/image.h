/*
 * Values of any type as bytes: to be counted by, and to be written elsewhere.
 *
 *	image      what a value is in memory, without header and compression: equal bytes are equal values, though equal
 *	           values of some types (numeric 1.0 and 1.00) have several images.  A by-value type has an image of 8 bytes
 *	class      of numeric: the image of the value without zeros at its end; equal bytes exactly for equal values
 *	wire form  what its send function gives, the same on all platforms; of a type whose send function would follow
 *	           client_encoding (text, enums, json ...) its text.  Read back it is checked by the type itself
 *
 * -0 has the image of 0, and all NaNs of float8 and float4 have one.  Composite values must have a named type: nobody can
 * read the wire form of an anonymous record.
 */
#ifndef MLOPS_IMAGE_H
#define MLOPS_IMAGE_H

#include "fmgr.h"

#include "core/column.h"
#include "core/state_io.h"

/* What is known about a type; all zero bytes are: not known. */
typedef struct MlopsImageType
{
	Oid type; /* as declared */
	Oid base; /* without domains */
	int16 length;
	bool is_by_value;
	bool is_text;	  /* the wire form is text */
	bool has_classes; /* a value may have several images, and has a class */
} MlopsImageType;

/*
 * Look a type up.
 *
 * Errors: 0A000 for a pseudo-type such as record, 42883 for a type without binary input and output.
 * Cost: catalog lookups.
 */
extern void mlops_image_type(Oid type, MlopsImageType *image_type);

/* Image of a by-value type's value; it is also a Datum of that value. */
extern uint64 mlops_image_word(const MlopsImageType *type, Datum value);

/* Image of another type's value: in place, or a copy in the current memory context. */
extern MlopsBytes mlops_image_bytes(const MlopsImageType *type, Datum value);

/* Class of a value of a type that has them, in the current memory context. */
extern MlopsBytes mlops_image_class(Datum value);

/* The value of an image, of any type, palloc'd unless by value. */
extern Datum mlops_image_datum(const MlopsImageType *type, const uint8 *bytes, Size n_bytes);

/* A direction of the wire form, or of text; what it keeps goes with the current memory context. */
typedef struct MlopsImageCodec
{
	FmgrInfo function;
	Oid io_param;
	bool is_text;
} MlopsImageCodec;

/* Prepare to write or read the wire form, or with is_text text. */
extern void mlops_image_codec_write(MlopsImageCodec *codec, const MlopsImageType *type,
									bool is_text);
extern void mlops_image_codec_read(MlopsImageCodec *codec, const MlopsImageType *type,
								   bool is_text);

/* A value in its wire form, palloc'd. */
extern MlopsBytes mlops_image_write(MlopsImageCodec *codec, Datum value);

/*
 * A value from its wire form, palloc'd unless by value.
 *
 * Errors: those of the type's input or receive function, 22021 for text in another encoding, 22P03 for bytes behind the value.
 */
extern Datum mlops_image_read(MlopsImageCodec *codec, MlopsBytes bytes);

/*
 * A type as two fields of a state, its schema and its name; both are empty for one that is not known.
 *
 * Reading fails with MLOPS_STATUS_CORRUPT where there is no such type.
 */
extern void mlops_image_transfer_type(MlopsImageType *type, MlopsStateIo *io,
									  const char *schema_name, const char *name);

/* While values of a state are read: what their types raise of its bytes becomes 22P03, and says where it was. */
typedef struct MlopsImageContext
{
	ErrorContextCallback callback;
	const char *type_name;
	const char *state_type; /* as in MlopsStateClass */
	bool is_text;
} MlopsImageContext;

extern void mlops_image_context_begin(MlopsImageContext *context, const MlopsImageType *type,
									  const MlopsStateIo *io, const char *state_type);
extern void mlops_image_context_end(MlopsImageContext *context);

#endif
