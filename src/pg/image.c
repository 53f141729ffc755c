/*
 * Values of any type as bytes.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "pg/image.h"

/* True for functions whose bytes depend on client_encoding. */
static bool
sends_text(Oid send_function)
{
	switch (send_function)
	{
		case F_TEXTSEND:
		case F_VARCHARSEND:
		case F_BPCHARSEND:
		case F_NAMESEND:
		case F_ENUM_SEND:
		case F_JSON_SEND:
		case F_JSONB_SEND:
		case F_XML_SEND:
			return true;
		default:
			return false;
	}
}

void
mlops_image_type(Oid type, MlopsImageType *image_type)
{
	Oid function, io_param;
	bool is_varlena;

	if (get_typtype(type) == TYPTYPE_PSEUDO)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("values of type %s cannot be kept in a state", format_type_be(type)),
						errhint("Cast them to a type of their own, such as a composite type that "
								"has a name.")));
	getTypeBinaryInputInfo(type, &function, &io_param);
	getTypeBinaryOutputInfo(type, &function, &is_varlena);
	image_type->type = type;
	image_type->base = getBaseType(type);
	image_type->is_text = sends_text(function);
	image_type->has_classes = image_type->base == NUMERICOID;
	get_typlenbyval(type, &image_type->length, &image_type->is_by_value);
}

/* One image for 0 and -0, and one for all NaNs. */
static float8
fold_float(float8 value)
{
	return isnan(value) ? get_float8_nan() : value + 0.0;
}

uint64
mlops_image_word(const MlopsImageType *type, Datum value)
{
	switch (type->base)
	{
		case FLOAT8OID:
			return Float8GetDatum(fold_float(DatumGetFloat8(value)));
		case FLOAT4OID:
			return Float4GetDatum((float4) fold_float(DatumGetFloat4(value)));
		default:
			break;
	}
	/* what stands above the value in the word is not the value's */
	switch (type->length)
	{
		case 1:
			return CharGetDatum(DatumGetChar(value));
		case 2:
			return Int16GetDatum(DatumGetInt16(value));
		case 4:
			return Int32GetDatum(DatumGetInt32(value));
		default:
			return value;
	}
}

MlopsBytes
mlops_image_bytes(const MlopsImageType *type, Datum value)
{
	const struct varlena *packed;

	if (type->length > 0)
		return (MlopsBytes){ DatumGetPointer(value), (uint32) type->length };
	packed = PG_DETOAST_DATUM_PACKED(value);
	return (MlopsBytes){ VARDATA_ANY(packed), (uint32) VARSIZE_ANY_EXHDR(packed) };
}

MlopsBytes
mlops_image_class(Datum value)
{
	const struct varlena *trimmed =
		(const struct varlena *) DatumGetPointer(DirectFunctionCall1(numeric_trim_scale, value));

	return (MlopsBytes){ VARDATA_ANY(trimmed), (uint32) VARSIZE_ANY_EXHDR(trimmed) };
}

Datum
mlops_image_datum(const MlopsImageType *type, const uint8 *bytes, Size n_bytes)
{
	Size header_bytes = type->length > 0 ? 0 : VARHDRSZ;
	char *value;

	if (type->is_by_value)
	{
		uint64 word;

		memcpy(&word, bytes, sizeof(word));
		return word;
	}
	value = palloc(header_bytes + n_bytes);
	if (header_bytes > 0)
		SET_VARSIZE(value, header_bytes + n_bytes);
	memcpy(value + header_bytes, bytes, n_bytes);
	return PointerGetDatum(value);
}

void
mlops_image_codec_write(MlopsImageCodec *codec, const MlopsImageType *type, bool is_text)
{
	Oid function;
	bool is_varlena;

	codec->is_text = is_text || type->is_text;
	if (codec->is_text)
		getTypeOutputInfo(type->type, &function, &is_varlena);
	else
		getTypeBinaryOutputInfo(type->type, &function, &is_varlena);
	fmgr_info(function, &codec->function);
}

void
mlops_image_codec_read(MlopsImageCodec *codec, const MlopsImageType *type, bool is_text)
{
	Oid function;

	codec->is_text = is_text || type->is_text;
	if (codec->is_text)
		getTypeInputInfo(type->type, &function, &codec->io_param);
	else
		getTypeBinaryInputInfo(type->type, &function, &codec->io_param);
	fmgr_info(function, &codec->function);
}

MlopsBytes
mlops_image_write(MlopsImageCodec *codec, Datum value)
{
	if (codec->is_text)
	{
		char *text = OutputFunctionCall(&codec->function, value);

		return (MlopsBytes){ text, (uint32) strlen(text) };
	}
	else
	{
		bytea *sent = SendFunctionCall(&codec->function, value);

		return (MlopsBytes){ VARDATA(sent), (uint32) (VARSIZE(sent) - VARHDRSZ) };
	}
}

Datum
mlops_image_read(MlopsImageCodec *codec, MlopsBytes bytes)
{
	/* a copy: text needs a 0 at its end, and receive functions write one behind what they read */
	StringInfoData message = { .data = palloc((Size) bytes.n_bytes + 1),
							   .len = (int) bytes.n_bytes,
							   .maxlen = (int) bytes.n_bytes + 1 };
	Datum value;

	memcpy(message.data, bytes.data, bytes.n_bytes);
	message.data[bytes.n_bytes] = '\0';
	if (codec->is_text)
	{
		(void) pg_verifymbstr(bytes.data, (int) bytes.n_bytes, false);
		return InputFunctionCall(&codec->function, message.data, codec->io_param, -1);
	}
	value = ReceiveFunctionCall(&codec->function, &message, codec->io_param, -1);
	if (message.cursor != message.len)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("a stored value has %d bytes too many", message.len - message.cursor)));
	return value;
}
